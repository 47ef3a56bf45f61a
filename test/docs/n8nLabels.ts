/** What the documentation names of n8n itself, and what it stresses without being a label. */
export const N8N_LABELS = [
	// Its menus, buttons and tabs.
	'Binary',
	'Community nodes',
	'Execute workflow',
	'Import from file',
	'Install',
	'Open chat',
	'Publish',
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
	'Response Mode',
	'Streaming',
	'Tool',
	// Headings of tables.
	'ChatGPT (this package)',
];
