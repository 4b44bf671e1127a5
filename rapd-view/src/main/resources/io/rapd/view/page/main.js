import * as api from './api.js';
import { Divider } from './divider.js';
import { Download } from './download.js';
import { History } from './history.js';
import { Making } from './making.js';
import { Stage } from './stage.js';
import { Zoom } from './zoom.js';

const element = (id) => document.getElementById(id);

const stage = new Stage(element('field-view'), element('bicubic-view'));
window.rapdStage = stage; // for tests and the console
const making = new Making();
const download = new Download();
const history = new History(show);
new Divider(element('divider'), element('views'), element('bicubic-view'));

function complain(error) {
  element('message').textContent = error ? error.message : '';
  element('message').hidden = !error;
}

async function refresh() {
  const fields = await api.fields();
  history.show(fields, stage.shown?.id);
  return fields;
}

function show(field) {
  stage.show(field);
  element('empty').hidden = true;
  for (const id of ['fit', 'compare', 'download']) {
    element(id).disabled = false;
  }
  refresh().catch(complain);
}

/** Submits, follows and shows; a page makes one field at a time. */
async function make(submit) {
  complain(null);
  const buttons = [element('generate'), element('upload')];
  buttons.forEach((button) => (button.disabled = true));
  try {
    const made = await making.follow(await submit());
    const fields = await refresh();
    const field = fields.find((one) => one.id === made);
    if (field) {
      show(field);
    }
  } catch (error) {
    complain(error);
  } finally {
    buttons.forEach((button) => (button.disabled = false));
    element('generate').disabled = noText;
  }
}

let noText = false;

element('prompt-form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (noText || element('generate').disabled) {
    return;
  }
  make(() =>
    api.generate({
      prompt: element('prompt').value,
      negativePrompt: element('negative').value,
      seed: element('seed').value.trim(),
      steps: Number(element('steps').value),
      guidance: Number(element('guidance').value),
    }),
  );
});

element('prompt').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    element('prompt-form').requestSubmit();
  }
});

element('new-seed').addEventListener('click', () => {
  element('seed').value = String(crypto.getRandomValues(new Uint32Array(1))[0]);
});

element('upload').addEventListener('change', () => {
  const file = element('upload').files[0];
  if (file) {
    make(() => api.upload(file, element('encoder-side').value)).then(() => {
      element('upload').value = '';
    });
  }
});

element('upload-form').addEventListener('submit', (event) => event.preventDefault());

element('compare').addEventListener('click', () => {
  const on = element('compare').getAttribute('aria-pressed') !== 'true';
  element('compare').setAttribute('aria-pressed', String(on));
  for (const id of ['bicubic-view', 'divider', 'field-label', 'bicubic-label']) {
    element(id).hidden = !on;
  }
  stage.compare(on);
});

element('fit').addEventListener('click', () => stage.fit());
element('download').addEventListener('click', () => download.open(stage.shown));

function slider(id, value, format) {
  const input = element(id);
  const show = () => (element(`${id}-value`).textContent = format(Number(input.value)));
  input.max = Math.max(Number(input.max), value);
  input.value = value;
  input.addEventListener('input', show);
  show();
}

async function begin() {
  const { model, limits } = await api.model();
  element('model-name').textContent = model.name;
  document.title = `${model.name} · RaPD viewer`;
  element('prompt').maxLength = limits.prompt;
  element('negative').maxLength = limits.prompt;
  slider('steps', model.steps ?? 25, (value) => String(value));
  slider('guidance', model.guidance ?? 4, (value) => value.toFixed(1));
  noText = Boolean(model.noText);
  if (noText) {
    for (const id of ['prompt', 'negative', 'steps', 'guidance', 'seed', 'new-seed', 'generate']) {
      element(id).disabled = true;
    }
    element('no-text').textContent = `No prompts: ${model.noText}.`;
    element('no-text').hidden = false;
  }
  new Zoom(stage, model.trainedScale);
  const [newest] = await refresh();
  if (newest) {
    show(newest);
  }
}

begin().catch(complain);
