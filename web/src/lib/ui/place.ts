/** Puts a popover under its button and keeps it inside the window (CSSOM, allowed by the CSP). */
export function place(panel: HTMLElement, at: HTMLElement, align: 'start' | 'end' = 'start', gap = 4) {
  const a = at.getBoundingClientRect();
  const { offsetWidth: w, offsetHeight: h } = panel;
  const vw = document.documentElement.clientWidth;
  const vh = window.innerHeight;
  const x = align === 'end' ? a.right - w : a.left;
  const below = a.bottom + gap;
  const y = below + h > vh - 8 && a.top - gap - h > 8 ? a.top - gap - h : below;
  panel.style.left = `${Math.max(8, Math.min(x, vw - w - 8))}px`;
  panel.style.top = `${Math.max(8, Math.min(y, vh - h - 8))}px`;
}
