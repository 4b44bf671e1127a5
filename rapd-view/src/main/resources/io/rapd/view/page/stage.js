import { tileUrl } from './api.js';

/** Tiles of the server: side, and position of the first border. */
const SIDE = 256;
const FIRST = 252;

const start = (index) => (index === 0 ? 0 : FIRST + (index - 1) * SIDE);
const indexOf = (pixel) => (pixel < FIRST ? 0 : Math.floor((pixel - FIRST) / SIDE) + 1);

/** The pyramid of a field: level n has 2^n x 2^n pixels per latent cell. */
function tileSource(field, kind) {
  const deepest = field.levels - 1;
  const source = new OpenSeadragon.TileSource({
    width: field.width * 2 ** deepest,
    height: field.height * 2 ** deepest,
    tileSize: SIDE,
    minLevel: 0,
    maxLevel: deepest,
  });
  const width = (level) => field.width * 2 ** level;
  const height = (level) => field.height * 2 ** level;
  const last = (pixels) => indexOf(pixels - 1);
  source.getNumTiles = (level) =>
    new OpenSeadragon.Point(last(width(level)) + 1, last(height(level)) + 1);
  source.getTileAtPoint = (level, point) => {
    const column = indexOf(Math.floor(point.x * width(level)));
    const row = indexOf(Math.floor(point.y * width(level)));
    return new OpenSeadragon.Point(
      Math.min(column, last(width(level))),
      Math.min(row, last(height(level))),
    );
  };
  source.getTileBounds = (level, column, row, inTile) => {
    const left = start(column);
    const top = start(row);
    const tileWidth = Math.min(start(column + 1), width(level)) - left;
    const tileHeight = Math.min(start(row + 1), height(level)) - top;
    const scale = 1 / width(level);
    return inTile
      ? new OpenSeadragon.Rect(0, 0, tileWidth, tileHeight)
      : new OpenSeadragon.Rect(left * scale, top * scale, tileWidth * scale, tileHeight * scale);
  };
  source.getTileUrl = (level, column, row) => tileUrl(field.id, kind, level, column, row);
  return source;
}

function view(element, own) {
  return OpenSeadragon({
    element,
    drawer: 'canvas',
    showNavigationControl: false,
    loadTilesWithAjax: true, // so that tiles out of sight are aborted
    imageLoaderLimit: 3, // a browser opens six connections, and pages want answers too
    maxZoomPixelRatio: 4,
    minZoomImageRatio: 0.5,
    visibilityRatio: 0.2,
    animationTime: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 0.6,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    mouseNavEnabled: own,
    keyboardNavEnabled: own,
  });
}

/** Shows a field, and beside it, at the same place, the bicubic enlargement of its 1:1 render. */
export class Stage extends EventTarget {
  #field;
  #bicubic;
  #shown = null;
  #comparing = false;

  constructor(fieldElement, bicubicElement) {
    super();
    this.#field = view(fieldElement, true);
    this.#bicubic = view(bicubicElement, false);
    this.#field.canvas.setAttribute('role', 'application');
    this.#field.canvas.setAttribute(
      'aria-label',
      'The image. Arrow keys move, plus and minus zoom, zero shows all of it.',
    );
    const follow = () => {
      if (this.#comparing && this.#bicubic.world.getItemCount() > 0) {
        this.#bicubic.viewport.fitBounds(this.#field.viewport.getBounds(true), true);
      }
      this.dispatchEvent(new Event('move'));
    };
    for (const event of ['viewport-change', 'open', 'resize', 'animation-finish']) {
      this.#field.addHandler(event, follow);
    }
    this.#bicubic.addHandler('open', follow);
  }

  get shown() {
    return this.#shown;
  }

  show(field) {
    this.#shown = field;
    this.#field.open(tileSource(field, 'field'));
    this.#openBicubic();
  }

  compare(on) {
    this.#comparing = on;
    this.#openBicubic();
  }

  #openBicubic() {
    if (this.#comparing && this.#shown) {
      this.#bicubic.open(tileSource(this.#shown, 'bicubic'));
    } else {
      this.#bicubic.close();
    }
  }

  /** Pixels of the screen per latent cell. */
  get scale() {
    const bounds = this.#field.viewport.getBounds(true);
    return (this.#field.canvas.clientWidth * devicePixelRatio) / (bounds.width * this.#shown.width);
  }

  set scale(value) {
    const viewport = this.#field.viewport;
    viewport.zoomBy((value / this.scale) * (viewport.getZoom(true) / viewport.getZoom(false)));
    viewport.applyConstraints();
  }

  /** Whether the view is still on its way. */
  get moving() {
    const { zoomSpring, centerSpringX, centerSpringY } = this.#field.viewport;
    return [zoomSpring, centerSpringX, centerSpringY].some(
      (spring) => spring.current.value !== spring.target.value,
    );
  }

  /** Whether all tiles in sight are drawn. */
  get settled() {
    return [this.#field, this.#bicubic].every((one, index) => {
      const items = one.world.getItemCount();
      return index === 1 && !this.#comparing
        ? true
        : items > 0 && one.world.getItemAt(0).getFullyLoaded();
    });
  }

  fit() {
    this.#field.viewport.goHome();
  }
}
