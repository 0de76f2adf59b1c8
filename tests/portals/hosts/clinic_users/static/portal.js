window.portalsHtmx = window.htmx; /* the tests compare it */
