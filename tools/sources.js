const manifest = require('../package.json');

/** What the manifest names, as sources. */
const sources = (files) => files.map((file) => file.replace(/^dist\//, '').replace(/\.js$/, '.ts'));

/** The files that n8n loads of this package. */
const SOURCES = { nodes: sources(manifest.n8n.nodes), credentials: sources(manifest.n8n.credentials) };

/** Icons, the codex (search words and documentation links of a node) and the previews of its output. */
const ASSETS = ['icons/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'];

module.exports = { ASSETS, SOURCES };
