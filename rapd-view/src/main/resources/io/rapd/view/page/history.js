import { thumbnailUrl } from './api.js';

/** The fields of this session, the newest first. */
export class History {
  #list = document.getElementById('history');
  #empty = document.getElementById('history-empty');
  #choose;

  constructor(choose) {
    this.#choose = choose;
  }

  show(fields, current) {
    this.#empty.hidden = fields.length > 0;
    this.#list.replaceChildren(...fields.map((field) => this.#item(field, current)));
  }

  #item(field, current) {
    const thumbnail = document.createElement('img');
    thumbnail.src = thumbnailUrl(field.id);
    thumbnail.alt = '';
    thumbnail.loading = 'lazy';
    const title = document.createElement('span');
    title.textContent = field.origin.title;
    title.dir = 'auto';
    const details = document.createElement('small');
    details.textContent =
      field.origin.kind === 'prompt'
        ? `seed ${field.origin.seed} · ${field.origin.steps} steps · guidance ${field.origin.guidance}`
        : `encoded at ${field.width} × ${field.height}`;
    const text = document.createElement('div');
    text.append(title, details);
    const button = document.createElement('button');
    button.type = 'button';
    button.append(thumbnail, text);
    button.setAttribute('aria-current', String(field.id === current));
    button.addEventListener('click', () => this.#choose(field));
    const item = document.createElement('li');
    item.append(button);
    return item;
  }
}
