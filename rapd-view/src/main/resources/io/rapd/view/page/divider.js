/** The divider between the two views: dragged, or moved by the keyboard. Right of it is bicubic. */
export class Divider {
  #divider;
  #right;
  #percent = 50;

  constructor(divider, views, right) {
    this.#divider = divider;
    this.#right = right;
    divider.addEventListener('pointerdown', (event) => {
      divider.setPointerCapture(event.pointerId);
      divider.focus();
      event.preventDefault();
    });
    divider.addEventListener('pointermove', (event) => {
      if (divider.hasPointerCapture(event.pointerId)) {
        const box = views.getBoundingClientRect();
        this.#move(((event.clientX - box.left) / box.width) * 100);
      }
    });
    divider.addEventListener('keydown', (event) => {
      const steps = { ArrowLeft: -2, ArrowRight: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 };
      if (event.key in steps) {
        this.#move(this.#percent + steps[event.key]);
        event.preventDefault();
      }
    });
    this.#move(50);
  }

  #move(percent) {
    this.#percent = Math.max(0, Math.min(100, percent));
    this.#divider.style.left = `${this.#percent}%`;
    this.#right.style.clipPath = `inset(0 0 0 ${this.#percent}%)`;
    this.#divider.setAttribute('aria-valuenow', Math.round(this.#percent));
    this.#divider.setAttribute('aria-valuetext', `${Math.round(this.#percent)} percent field`);
  }
}
