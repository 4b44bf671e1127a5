/** Powers of two that the slider spans; wheel and keys go on beyond them. */
const LEAST = -2;
const MOST = 20;

const shareOf = (scale) => (Math.log2(scale) - LEAST) / (MOST - LEAST);

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** The zoom control: pixels of the screen per latent cell, and where training ended. */
export class Zoom {
  #stage;
  #trained;
  #slider = document.getElementById('zoom');
  #value = document.getElementById('zoom-value');
  #range = document.getElementById('zoom-range');

  constructor(stage, trained) {
    this.#stage = stage;
    this.#trained = trained;
    this.#mark();
    this.#slider.addEventListener('input', () => {
      stage.scale = 2 ** Number(this.#slider.value);
    });
    stage.addEventListener('move', () => this.#update());
  }

  #mark() {
    const note = document.getElementById('zoom-note');
    const one = document.createElement('span');
    one.textContent = '1:1';
    one.style.left = `${shareOf(1) * 100}%`;
    note.append(one);
    if (!this.#trained) {
      return;
    }
    const at = shareOf(this.#trained) * 100;
    const mark = document.getElementById('track-mark');
    mark.hidden = false;
    mark.style.left = `${at}%`;
    document.getElementById('track-trained').style.width = `${at}%`;
    document.getElementById('track-beyond').style.left = `${at}%`;
    const label = document.createElement('span');
    label.textContent = `training ended at ×${number.format(this.#trained)}`;
    label.style.left = `${at}%`;
    label.className = 'end';
    note.append(label);
  }

  #update() {
    if (!this.#stage.shown) {
      return;
    }
    const scale = this.#stage.scale;
    if (!Number.isFinite(scale) || scale <= 0) {
      return;
    }
    this.#slider.disabled = false;
    this.#slider.value = Math.log2(scale);
    this.#value.textContent = `×${number.format(scale)}`;
    const beyond = this.#trained && scale > this.#trained * 1.001;
    this.#range.className = `range ${this.#trained ? (beyond ? 'beyond' : 'trained') : ''}`;
    this.#range.textContent = !this.#trained
      ? 'where training ended is not recorded'
      : beyond
        ? 'extrapolation'
        : 'within training';
    this.#slider.setAttribute(
      'aria-valuetext',
      `${this.#value.textContent} pixels per latent cell, ${this.#range.textContent}`,
    );
  }
}
