// Light, dark, or what the system says. The script in index.html sets it before first paint.
export type Theme = 'light' | 'dark' | 'system';
const KEY = 'confect-theme';

function stored(): Theme {
  try {
    const v = localStorage.getItem(KEY);
    return v === 'light' || v === 'dark' ? v : 'system';
  } catch {
    return 'system';
  }
}

class ThemeState {
  now = $state<Theme>(stored());
  set(next: Theme) {
    this.now = next;
    if (next === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      if (next === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, next);
    } catch {
      // Private mode: the choice lasts as long as the tab.
    }
  }
}
export const theme = new ThemeState();
