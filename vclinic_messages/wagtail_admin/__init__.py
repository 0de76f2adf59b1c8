"""Give clinic admins their pages in the Wagtail admin: settings, dashboard panel, reports and exports."""
