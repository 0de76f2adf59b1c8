/* Update the preview of what patients see while the admin types. */

class Preview extends window.StimulusModule.Controller {
  connect() {
    this.show();
  }

  show() {
    for (const place of this.element.querySelectorAll("[data-vcm-shows]")) {
      place.textContent = this.typed(place.dataset.vcmShows) || place.dataset.vcmEmpty || "";
    }
    for (const part of this.element.querySelectorAll("[data-vcm-part]")) {
      part.hidden = !this.typed(part.dataset.vcmPart);
    }
  }

  /* When the clinic opens next, the server says. */
  async showHours({ target }) {
    if (!/^(opening_hours|closed_days|time_zone)/.test(target.name)) return;
    const place = this.element.querySelector("[data-vcm-hours]");
    const body = new FormData(this.element.closest("form"));
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const response = await fetch(place.dataset.vcmHours, { method: "POST", body, signal: this.asked.signal });
      if (response.ok && !response.redirected) place.innerHTML = await response.text();
    } catch {
      /* The next change asks again. */
    }
  }

  typed(name) {
    return this.element.closest("form").elements[name].value.trim();
  }
}

window.wagtail.app.register("vcm-preview", Preview);
