// The words of the interface. Change a label here and nowhere else.
// Titles of pages, tiles, metrics and filters come from the server, not from here.

export const BRAND = 'Confect';

export const RANGES: [id: string, label: string][] = [
  ['last-7-days', 'Last 7 days'],
  ['last-28-days', 'Last 28 days'],
  ['last-90-days', 'Last 90 days'],
  ['month-to-date', 'Month to date'],
  ['quarter-to-date', 'Quarter to date'],
  ['year-to-date', 'Year to date'],
  ['previous-month', 'Previous month'],
  ['last-12-months', 'Last 12 months'],
  ['all', 'All data'],
];

export const COMPARES: [id: string, label: string][] = [
  ['last-year', 'Same period last year'],
  ['previous', 'Previous period'],
  ['none', 'No comparison'],
];

/** Short names of the comparison, for legends and tooltips. */
export const BASELINE: Record<string, string> = { 'last-year': 'Last year', previous: 'Previous period' };

export const GRAIN: Record<string, string> = { day: 'day', week: 'week', month: 'month' };

export const t = {
  all: 'All',
  thisPeriod: 'This period',
  signIn: 'Sign in',
  signInLead: 'Your figures are waiting.',
  signInAgain: 'Your session has ended. Sign in again; this page stays as it is.',
  user: 'User',
  password: 'Password',
  signOut: 'Sign out',
  linkExpired: 'This sign-in link has expired or was already used. Sign in with your password, or ask for a new link.',
  signInFailed: 'User or password is not right.',
  tooMany: 'Too many attempts. Wait a moment, then try again.',
  reset: 'Reset',
  tryAgain: 'Try again',
  share: 'Share',
  shareLatest: 'Copy link, always the latest data',
  shareDates: 'Copy link to exactly these dates',
  shareLink: 'Copy link',
  undo: 'Undo',
  copied: 'Link copied',
  help: 'Keyboard shortcuts',
  viewTable: 'View as table',
  viewChart: 'View as chart',
  csv: 'Download CSV',
  expand: 'Expand',
  close: 'Close',
  nothing: 'No values here',
  zoomHint: 'Drag to zoom into a period.',
  skip: 'Skip to content',
} as const;
