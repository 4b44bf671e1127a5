/** Requests to the server. Every error has a reason that can be shown. */
async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { priority: 'high', cache: 'no-store', ...options });
  } catch (e) {
    throw new Error('The viewer does not answer. Is rapd view still running?');
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(body.error ?? `The viewer answered with status ${response.status}.`);
  }
  return body;
}

export const model = () => request('/model');
export const fields = async () => (await request('/fields')).fields;
export const job = (id) => request(`/jobs/${id}`);
export const cancel = (id) => request(`/jobs/${id}/cancel`, { method: 'POST' });

export const generate = (asked) =>
  request('/generate', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(asked),
  });

export const upload = (file, side) =>
  request(`/upload?${new URLSearchParams({ name: file.name.slice(-200), side })}`, {
    method: 'POST',
    headers: { 'Content-Type': file.type },
    body: file,
  });

/** Cancels a job of a page that closes. */
export const abandon = (id) => navigator.sendBeacon(`/jobs/${id}/cancel`);

export const previewUrl = (id, step) => `/jobs/${id}/preview.png?step=${step}`;
export const thumbnailUrl = (id) => `/fields/${id}/thumbnail.png`;
export const tileUrl = (id, kind, level, column, row) =>
  `/fields/${id}/${kind}/${level}/${column}/${row}.png`;
export const downloadUrl = (id, width, height) =>
  `/fields/${id}/download.png?width=${width}&height=${height}`;
