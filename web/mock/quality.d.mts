// Types of the invented shop, for the tests that read it.
export function quality(which?: string): unknown;
