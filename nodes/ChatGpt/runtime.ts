/** All that the node needs only once it runs; bundled into a file of its own. */
export { execute } from './execute';
export { searchModels } from './methods/searchModels';
