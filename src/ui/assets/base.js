// Owns the path under which the server is reached: a proxy may serve more than us under one name.

/** Empty, or such as `/cuecard`: whatever this file's own address has before `/assets/`. */
export const BASE = new URL('..', import.meta.url).pathname.slice(0, -1);

/** A path of the server's own as the browser knows it. @param {string} path */
export const under = (path) => BASE + path;
