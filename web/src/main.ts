import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';

// A tab that stayed open across an upgrade asks for a chunk that is gone: reload once.
window.addEventListener('vite:preloadError', () => {
  const mark = 'confect-reloaded';
  if (sessionStorage.getItem(mark)) return;
  sessionStorage.setItem(mark, '1');
  location.reload();
});

const target = document.getElementById('app')!;
target.replaceChildren();
mount(App, { target });
