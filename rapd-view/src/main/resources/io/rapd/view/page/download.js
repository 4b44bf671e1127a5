import { downloadUrl } from './api.js';

/** The dialog that asks for the size of a download. */
export class Download {
  #dialog = document.getElementById('download-dialog');
  #side = document.getElementById('longer-side');
  #size = document.getElementById('download-size');
  #field = null;

  constructor() {
    this.#side.addEventListener('input', () => this.#show());
    document.getElementById('download-close').addEventListener('click', () => this.#dialog.close());
    document.getElementById('download-form').addEventListener('submit', () => this.#start());
  }

  open(field) {
    this.#field = field;
    this.#show();
    this.#dialog.showModal();
  }

  #pixels() {
    const { width, height } = this.#field;
    const scale = Number(this.#side.value) / Math.max(width, height);
    return {
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
    };
  }

  #show() {
    const { width, height } = this.#pixels();
    this.#size.textContent = this.#side.checkValidity() ? `${width} × ${height} pixels` : '';
  }

  #start() {
    const { width, height } = this.#pixels();
    const link = document.createElement('a');
    link.href = downloadUrl(this.#field.id, width, height);
    link.download = '';
    document.body.append(link);
    link.click();
    link.remove();
  }
}
