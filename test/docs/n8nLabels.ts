/** What the documentation names of n8n itself; test/e2e/docs.test.ts looks for each in a real n8n. */
export const N8N_LABELS = [
	// Its menus, buttons and tabs.
	'Add first step…',
	'Binary',
	'Community nodes',
	'Execute step',
	'Execute workflow',
	'Executions',
	'From file',
	'Import',
	'Install a community node',
	'JSON',
	'More details',
	'Open chat',
	'Publish',
	'Save',
	'Settings',
	'Stop',
	// The settings of every node.
	'Continue',
	'Continue (using error output)',
	'On Error',
	'Retry On Fail',
	'Stop Workflow',
	// Its own nodes and their fields.
	'Authentication',
	'Chat URL',
	'Context Window Length',
	'Embedded Chat',
	'From Memory',
	'Load Previous Session',
	'Loop Over Items',
	'Make Chat Publicly Available',
	'Mode',
	'Respond',
	'Response Mode',
	'Streaming',
	'Tool',
	'Trigger manually',
	"Using 'Respond to Webhook' Node",
	'When Last Node Finishes',
];

/** What else stands in bold: n8n puts a credential's name into the first of these, the others are headings of tables. */
export const NO_FIXED_LABELS = ['Connect to ChatGPT', 'ChatGPT (this package)', 'ChatGPT（本节点）'];
