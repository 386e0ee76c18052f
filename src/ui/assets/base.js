// Owns the base path: a proxy may serve Cuecard under a path.

/** Empty, or a path such as `/cuecard`: what this file's own address has before `/assets/`. */
export const BASE = new URL('..', import.meta.url).pathname.slice(0, -1);

/** A path with the base path in front. @param {string} path */
export const under = (path) => BASE + path;
