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

  typed(name) {
    return this.element.closest("form").elements[name].value.trim();
  }
}

window.wagtail.app.register("vcm-preview", Preview);
