// Every flow, in the order in which they run; each by itself on a fresh page.

import { search } from './search.mjs';
import { article } from './article.mjs';
import { reading } from './reading.mjs';
import { calls } from './calls.mjs';
import { stream } from './stream.mjs';
import { agent } from './agent.mjs';
import { frames } from './frames.mjs';
import { pages } from './pages.mjs';
import { looks } from './looks.mjs';
import { speed } from './speed.mjs';

export const flows = [...search, ...article, ...reading, ...calls, ...stream, ...agent, ...frames, ...pages, ...looks, ...speed];
