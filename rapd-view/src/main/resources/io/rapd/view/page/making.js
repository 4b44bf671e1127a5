import * as api from './api.js';

const PAUSE = 400;

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Follows the job of this page: its place in the queue, its steps and its previews. */
export class Making {
  #box = document.getElementById('job');
  #status = document.getElementById('job-status');
  #progress = document.getElementById('job-progress');
  #preview = document.getElementById('preview');
  #warnings = document.getElementById('warnings');
  #current = null;
  #shownStep = 0;

  constructor() {
    document.getElementById('cancel').addEventListener('click', () => {
      if (this.#current) {
        api.cancel(this.#current).catch(() => {});
      }
    });
    addEventListener('pagehide', () => {
      if (this.#current) {
        api.abandon(this.#current);
      }
    });
  }

  /** Resolves to the id of the field, or to null if the job was cancelled. */
  async follow(job) {
    this.#current = job.id;
    this.#shownStep = 0;
    this.#preview.hidden = true;
    this.#box.hidden = false;
    try {
      for (let now = job; ; now = await api.job(job.id)) {
        this.#show(now);
        if (now.state === 'done') {
          return now.field;
        }
        if (now.state === 'cancelled') {
          return null;
        }
        if (now.state === 'failed') {
          throw new Error(now.error);
        }
        await wait(PAUSE);
      }
    } finally {
      this.#current = null;
      this.#box.hidden = true;
    }
  }

  #show(job) {
    this.#status.textContent =
      job.state === 'waiting'
        ? job.position > 0
          ? `${job.position} in the queue before this one`
          : 'Starting'
        : job.steps
          ? `Step ${job.step} of ${job.steps}`
          : 'Encoding';
    if (job.state === 'waiting' || !job.steps) {
      this.#progress.removeAttribute('value');
    } else {
      this.#progress.value = job.step / job.steps;
    }
    if (job.preview > this.#shownStep) {
      this.#shownStep = job.preview;
      this.#preview.src = api.previewUrl(job.id, job.preview);
      this.#preview.hidden = false;
    }
    this.#warnings.hidden = job.warnings.length === 0;
    this.#warnings.textContent = job.warnings.join('. ');
  }
}
