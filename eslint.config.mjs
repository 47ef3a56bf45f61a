import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

/** The rules n8n's own tooling switches off for community packages (they contradict newer ones or are for n8n's repository only). */
const switchedOffByN8n = {
	'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
	'n8n-nodes-base/cred-class-field-type-options-password-missing': 'off',
	'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
	'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
	'n8n-nodes-base/node-param-type-options-max-value-present': 'off',
};
const n8nRules = (scope) => ({ ...n8nNodesBase.configs[scope].rules, ...switchedOffByN8n });

/** What a room may import from: the rooms below it, types included. Each is a folder, or a file of its own. */
const ROOMS = {
	'client/core': { below: [] },
	'client/http': { below: ['core'] },
	'client/pacing': { below: ['core', 'http'] },
	'client/pricing': { below: ['core', 'http'] },
	'client/structured': { below: ['core'] },
	'client/tools': { below: ['core', 'structured'] },
	'client/capabilities': { below: ['core', 'structured'] },
	'client/endpoints': {
		below: ['core', 'http', 'structured', 'tools', 'capabilities'],
		// Its folders share these, and the older completions what a chat has.
		own: ['endpoint', 'usage', 'chat'],
	},
	'client/sending': { below: ['core', 'http', 'pacing'] },
	'host/parameters': { below: ['client'] },
	'host/caller': { below: ['client', 'parameters'] },
	'host/connected': { below: ['client', 'parameters'] },
	'host/output': { below: ['client', 'parameters'] },
	'host/run': { below: ['client', 'parameters', 'caller', 'connected', 'output', 'connect', 'failureTexts'] },
};

const storeys = {
	client: {
		regex: '^(@n8n/|n8n-)|/(nodes|host|credentials)/',
		message: 'The client knows nothing of n8n: pass what it needs as a plain value.',
	},
	host: {
		regex: '/nodes/',
		message: 'The host serves every node: let the node hand in what is its own, as it does its operations.',
	},
	door: {
		regex: '/client/',
		message: "Use the client by its door, '…/client': add what is missing to client/index.ts.",
	},
};

/** One rule for each room: whatever climbs out of it must come down in a room below. */
const roomRules = Object.entries(ROOMS).map(([room, { below, own = [] }]) => {
	const [storey] = room.split('/');
	const allowed = [...below, ...own].map((name) => `${name}(?:/|$)`).join('|') || '$^';
	return {
		files: [`${room}/**/*.ts`],
		rules: {
			'no-restricted-imports': [
				'error',
				{
					patterns: [
						storeys[storey],
						...(storey === 'host' ? [storeys.door] : []),
						{
							regex: `^(?:\\.\\./)+(?!\\.\\./|${allowed})`,
							message: `${room} may import only from ${below.join(', ') || 'itself'}. Move what both need, a type included, to the lowest room that has a use for it, or hand it in.`,
						},
					],
				},
			],
		},
	};
});

export default tseslint.config(
	{ ignores: ['**/dist/**'] },
	{ files: ['**/*.ts'], extends: [tseslint.configs.recommendedTypeChecked] },
	{
		files: ['**/*.ts'],
		languageOptions: { parserOptions: { projectService: true } },
		rules: {
			'no-console': 'error',
			'@typescript-eslint/consistent-type-imports': 'error',
		},
	},
	// The self-host profile: undici is bundled, which n8n Cloud's verification does not allow. The client is left
	// out, as it is by n8n's scanner: these rules want n8n's own error classes, which it must not know.
	{
		files: ['nodes/**/*.ts', 'host/**/*.ts', 'credentials/**/*.ts', 'package.json'],
		extends: [n8nCommunityNodesPlugin.configs.recommendedWithoutN8nCloudSupport],
	},
	{
		files: ['package.json'],
		plugins: { 'n8n-nodes-base': n8nNodesBase },
		languageOptions: { parser: tseslint.parser, parserOptions: { extraFileExtensions: ['.json'] } },
		rules: n8nRules('community'),
	},
	{
		files: ['credentials/**/*.ts'],
		plugins: { 'n8n-nodes-base': n8nNodesBase },
		rules: n8nRules('credentials'),
	},
	{
		files: ['nodes/**/*.ts', 'host/**/*.ts'],
		plugins: { 'n8n-nodes-base': n8nNodesBase },
		rules: n8nRules('nodes'),
	},
	{
		files: ['client/*.ts'],
		rules: { 'no-restricted-imports': ['error', { patterns: [storeys.client] }] },
	},
	{
		files: ['host/*.ts'],
		rules: { 'no-restricted-imports': ['error', { patterns: [storeys.host, storeys.door] }] },
	},
	{
		files: ['nodes/**/*.ts'],
		rules: { 'no-restricted-imports': ['error', { patterns: [storeys.door] }] },
	},
	{
		// Credentials are loaded when n8n starts, so they take what they need of the client and leave the rest.
		files: ['credentials/**/*.ts'],
		rules: {
			'no-restricted-imports': [
				'error',
				{ patterns: [{ ...storeys.door, regex: '/client/(?!http/connection$)' }] },
			],
		},
	},
	...roomRules,
	{
		files: ['client/**/*.ts', 'host/**/*.ts', 'nodes/**/*.ts', 'credentials/**/*.ts'],
		rules: {
			'@typescript-eslint/max-params': ['error', { max: 4 }],
			'max-lines-per-function': ['error', 60],
			'no-nested-ternary': 'error',
		},
	},
	{
		files: ['test/**/*.ts'],
		rules: {
			// Jest's matchers (expect.any) and the bodies of recorded requests are of type any.
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			// The test host's functions do not use `this`.
			'@typescript-eslint/unbound-method': 'off',
		},
	},
);
