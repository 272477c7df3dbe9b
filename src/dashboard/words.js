// Controls, format characters (bidi marks among them), private and unassigned ones, separators but the
// space, marks that pile up, and what is drawn as nothing at all.
const INVISIBLE = /[\p{C}\p{M}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

const GROUPED = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Every ending that has another cause than both sides being done, in words for whoever is woken by it. */
export const ENDINGS = {
  ok: 'both sides were done',
  'client-aborted': 'the client broke off',
  'backend-aborted': 'the backend broke off',
  'idle-timeout': 'no byte for too long',
  'half-close-timeout': 'one side was done, the other never was',
  'client-silent': 'the client never spoke',
  'hello-aborted': 'the client left before it had said whom it wants',
  'hello-timeout': 'the client was too slow to say whom it wants',
  'hello-too-large': 'the first bytes are more than are read',
  malformed: 'the first bytes are no good TLS or HTTP',
  'not-tls': 'the first bytes are not TLS',
  'bad-proxy-header': 'the PROXY header is no good',
  'no-name': 'the client named nobody, and there is no default route',
  'unknown-host': 'no route has this name',
  denied: 'the route does not let this client in',
  limited: 'a limit was reached',
  redirected: 'sent to https',
  'routes-unavailable': 'nobody can say yet whether the name exists',
  'no-backend': 'the route has no backend to use now',
  'connect-failed': 'no backend could be connected to',
  'connect-timeout': 'no backend answered in time',
  'no-resources': 'this machine is out of descriptors or memory',
  'no-source-ports': 'this machine is out of source ports for the backend',
  'backend-removed': 'the backend was taken from the route',
  drained: 'the edge was drained',
  shutdown: 'the edge was stopped',
  'internal-error': 'a fault of sluice itself: see the log',
};

/** A stranger's text with everything that cannot be seen written as `\u{…}`. */
export function visible(text) {
  return String(text).replace(
    INVISIBLE,
    (character) => `\\u{${character.codePointAt(0).toString(16)}}`,
  );
}

/** A whole number: `12,345`. */
export function count(value) {
  return value === null || value === undefined ? '–' : GROUPED.format(value);
}

/** A rate: `0`, `0.4`, `12`, `1,234`. */
export function rate(value) {
  if (value === null || value === undefined) return '–';
  return value > 0 && value < 9.95 ? Math.max(value, 0.1).toFixed(1) : GROUPED.format(value);
}

/** An amount of bytes: `312 B`, `4.2 MB`. */
export function bytes(value) {
  if (value === null || value === undefined) return '–';
  let amount = value;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && amount < 9.95 ? 1 : 0;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}

/** Milliseconds: `0.4 ms`, `12 ms`, `1.2 s`. */
export function milliseconds(value) {
  if (value === null || value === undefined) return '–';
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

/** How long, in its two largest parts: `45 s`, `3 min 5 s`, `2 d 4 h`. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** The time of day where the reader is: `03:12:45`. */
export function clock(time) {
  const at = new Date(time);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** `1 worker`, `2 workers`. */
export function plural(amount, one, many = `${one}s`) {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}
