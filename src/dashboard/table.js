import { arrange, make, put } from './element.js';

/**
 * A table whose rows are kept by their key, so that what has the focus keeps it while the figures change,
 * and whose order holds still while somebody points at it. A column is `{ title, of, show, sortable, fill,
 * className }`: `of` is what it is sorted by, `show` its text, `fill(cell, row)` more than a text.
 */
export class Table {
  #columns;
  #key;
  #empty;
  #sort;
  #rows = [];
  #kept = new Map();
  #heads;
  #body = make('tbody');
  #element;

  constructor(element, { columns, key, empty, caption, sort = null }) {
    this.#element = element;
    this.#columns = columns;
    this.#key = key;
    this.#empty = empty;
    this.#sort = sort;
    this.#heads = columns.map((column, at) => this.#head(column, at));
    const head = make('thead', '', make('tr', '', ...this.#heads));
    element.append(make('caption', 'unseen', caption), head, this.#body);
    this.#showSort();
  }

  show(rows) {
    this.#rows = rows;
    this.#draw(this.#body.matches(':hover, :focus-within'));
  }

  #head({ title, className = '' }, at) {
    const cell = make('th', className);
    cell.scope = 'col';
    const button = make('button', '', title, make('span', 'arrow'));
    button.type = 'button';
    button.addEventListener('click', () => this.#sortBy(at));
    cell.append(button);
    return cell;
  }

  #sortBy(column) {
    const falling = this.#columns[column].className === 'number';
    const again = this.#sort?.column === column;
    this.#sort = { column, falling: again ? !this.#sort.falling : falling };
    this.#showSort();
    this.#draw(false);
  }

  #showSort() {
    this.#heads.forEach((head, at) => {
      const sorted = this.#sort?.column === at;
      const falling = sorted && this.#sort.falling;
      head.setAttribute('aria-sort', sorted ? (falling ? 'descending' : 'ascending') : 'none');
      put(head.querySelector('.arrow'), sorted ? (falling ? '▾' : '▴') : '');
    });
  }

  #draw(held) {
    const drawn = new Map();
    for (const row of held ? this.#inPlace() : this.#ordered()) {
      const key = this.#key(row);
      const element = this.#kept.get(key) ?? make('tr', '', ...this.#columns.map(makeCell));
      this.#columns.forEach((column, at) => fillCell(element.children[at], column, row));
      drawn.set(key, element);
    }
    this.#kept = drawn;
    arrange(this.#body, drawn.size > 0 ? [...drawn.values()] : [this.#emptyRow()]);
    this.#element.classList.toggle('none', drawn.size === 0);
  }

  #ordered() {
    if (this.#sort === null) return this.#rows;
    const { of } = this.#columns[this.#sort.column];
    const sign = this.#sort.falling ? -1 : 1;
    return this.#rows.toSorted((a, b) => sign * compare(of(a), of(b)));
  }

  /** Those that are shown where they are, the others after them. */
  #inPlace() {
    const places = new Map([...this.#kept.keys()].map((key, at) => [key, at]));
    const place = (row) => places.get(this.#key(row)) ?? Infinity;
    return this.#ordered().toSorted((a, b) => compare(place(a), place(b)));
  }

  #emptyRow() {
    const cell = make('td', 'empty', this.#empty);
    cell.colSpan = this.#columns.length;
    return make('tr', '', cell);
  }
}

function makeCell({ className = '' }) {
  return make('td', className);
}

function fillCell(cell, { of, show = String, fill }, row) {
  if (fill) fill(cell, row);
  else put(cell, show(of(row)));
}

// What is not known is less than everything.
function compare(a, b) {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}
