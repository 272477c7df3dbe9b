/** An element with a class and what is in it; texts become text nodes, never markup. */
export function make(tag, className = '', ...children) {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The element with an id, which the page has. */
export function byId(id) {
  return document.getElementById(id);
}

/** Put a text where another may be, and leave the document alone where it is the same. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const SVG = 'http://www.w3.org/2000/svg';

/** An element of SVG with its attributes. */
export function draw(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** Make the children of `parent` exactly `wanted`, in order; what is in its place is not touched. */
export function arrange(parent, wanted) {
  const focused = document.activeElement;
  wanted.forEach((child, at) => {
    if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null);
  });
  while (parent.children.length > wanted.length) parent.lastElementChild.remove();
  // Whoever is moved in the document loses the focus.
  if (focused !== document.activeElement && parent.contains(focused))
    focused.focus({ preventScroll: true });
}

/** A list of names and what is said of each; `pairs` are `[name, text]`, the names always the same. */
export function showFacts(list, pairs) {
  if (list.children.length !== pairs.length * 2)
    list.replaceChildren(...pairs.flatMap(() => [make('dt'), make('dd')]));
  pairs.forEach(([name, text], at) => {
    put(list.children[at * 2], name);
    put(list.children[at * 2 + 1], text);
  });
}

/** The same with a bar of its share beside each; `rows` are `{ name, text, share, title }`. */
export function showBars(list, rows) {
  if (list.children.length !== rows.length) list.replaceChildren(...rows.map(makeBar));
  rows.forEach(({ name, text, share, title = '' }, at) => {
    const row = list.children[at];
    put(row.querySelector('dt'), name);
    put(row.querySelector('dd'), text);
    row.title = title;
    row.querySelector('.share').setAttribute('width', `${Math.min(share, 1) * 100}%`);
  });
}

function makeBar() {
  const picture = draw('svg', { 'aria-hidden': 'true', width: '100%', height: 4 });
  picture.append(
    draw('rect', { class: 'track', width: '100%', height: 4, rx: 2 }),
    draw('rect', { class: 'share', width: 0, height: 4, rx: 2 }),
  );
  const row = make('div', '', make('dt'), make('dd'));
  row.append(picture);
  return row;
}
