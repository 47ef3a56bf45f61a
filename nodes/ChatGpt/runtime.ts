/** All that the node needs only once it runs; bundled into a file of its own. */
export { execute } from '../../host/run/execute';
export { searchModels } from './methods/searchModels';
