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
		files: ['nodes/**/*.ts', 'credentials/**/*.ts', 'package.json'],
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
	{ files: ['nodes/**/*.ts'], plugins: { 'n8n-nodes-base': n8nNodesBase }, rules: n8nRules('nodes') },
	{
		files: ['client/**/*.ts'],
		rules: {
			'no-restricted-imports': [
				'error',
				{
					patterns: [
						{
							regex: '^(@n8n/|n8n-)|/(nodes|credentials)/',
							message: 'The client knows nothing of n8n: pass what it needs as a plain value.',
						},
					],
				},
			],
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
