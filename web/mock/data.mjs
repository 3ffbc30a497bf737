// Invented sales, the same on every machine: a tiny generator with a fixed seed.
// A fact is [day index, country index, net, orders, customers, items, returns].
export const FIRST = '2009-12-01';
export const LAST = '2011-12-09';
const DAY = 86_400_000;
export const iso = (ms) => new Date(ms).toISOString().slice(0, 10);
export const ms = (s) => Date.parse(`${s}T00:00:00Z`);
export const addDays = (s, n) => iso(ms(s) + n * DAY);

function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const COUNTRIES = [
  ['United Kingdom', 0.71, 1.06], ['Netherlands', 0.062, 1.1], ['Ireland', 0.057, 0.93], ['Germany', 0.048, 1.22], ['France', 0.043, 1.15],
  ['Australia', 0.028, 1.3], ['Switzerland', 0.013, 0.94], ['Spain', 0.012, 1.02], ['Belgium', 0.009, 1.31], ['Sweden', 0.008, 0.86],
  ['Norway', 0.005, 1.1], ['Japan', 0.004, 1.4], ['Portugal', 0.003, 0.97], ['Finland', 0.002, 1.01],
];

const WEEKDAY = [1.05, 1.1, 1.12, 1.25, 0.95, 0.02, 0.55]; // Monday first; Saturdays are closed
const SEASON = [0.78, 0.74, 0.9, 0.84, 0.95, 0.92, 0.9, 0.93, 1.2, 1.28, 1.62, 1.15];

export function facts() {
  const rnd = random(20111209);
  const out = [];
  const days = (ms(LAST) - ms(FIRST)) / DAY + 1;
  for (let d = 0; d < days; d++) {
    const date = new Date(ms(FIRST) + d * DAY);
    const base = 26_500 * WEEKDAY[(date.getUTCDay() + 6) % 7] * SEASON[date.getUTCMonth()];
    for (let c = 0; c < COUNTRIES.length; c++) {
      const [, weight, growth] = COUNTRIES[c];
      const net = base * weight * growth ** (d / 365) * (0.7 + 0.6 * rnd());
      if (net < 12) continue;
      const orders = Math.max(1, Math.round(net / (380 + 160 * rnd())));
      out.push([d, c, Math.round(net * 100) / 100, orders, Math.max(1, Math.round(orders * (0.82 + 0.1 * rnd()))), Math.round(net / 1.9), Math.round(net * (0.01 + 0.03 * rnd()) * 100) / 100]);
    }
  }
  return out;
}

const ADJECTIVE = ['White hanging', 'Red retrospot', 'Vintage', 'Paper chain', 'Wooden', 'Ivory', 'Set of 3', 'Jumbo', 'Glass', 'Folding', 'Knitted', 'Pink', 'Blue', 'Rustic', 'Lunch'];
const NOUN = ['heart T-light holder', 'lunch bag', 'cake stand', 'kit, 50s Christmas', 'picture frame', 'tea towel', 'jam jar', 'storage box', 'doormat', 'bunting', 'hot water bottle', 'alarm clock', 'mug', 'card holder', 'cake cases', 'spoon', 'night light', 'umbrella', 'parasol', 'biscuit tin'];

export function articles() {
  const rnd = random(85123);
  const out = [];
  for (let i = 0; i < 300; i++) {
    const weight = 1 / (i + 6) ** 0.9;
    out.push({
      code: `${20000 + Math.floor(rnd() * 69999)}${'ABCDEFS'[Math.floor(rnd() * 14)] ?? ''}`,
      name: `${ADJECTIVE[i % 15]} ${NOUN[(i * 7 + Math.floor(i / 15)) % 20]}`,
      weight, growth: 0.75 + 0.6 * rnd(), price: 0.6 + 9 * rnd(), returns: 0.005 + 0.05 * rnd(),
    });
  }
  const total = out.reduce((s, a) => s + a.weight, 0);
  return out.map((a) => ({ ...a, weight: a.weight / total }));
}
