/**
 * What n8n's server puts around n8n-core, in the least amount that runs a workflow: folders and settings,
 * node types, stored binary data, addresses. `workflowRunner.ts` is what tests call.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { types } from 'node:util';
// Not a dependency of ours but of n8n-core, and it has to be n8n-core's copy: its services live in this container.
import { Container } from '@n8n/di';
import {
	BinaryDataService,
	ExternalSecretsProxy,
	FileLocation,
	PackageDirectoryLoader,
	UnrecognizedNodeTypeError,
} from 'n8n-core';
import {
	BINARY_ENCODING,
	deepCopy,
	injectDomainRestrictionFields,
	NodeConnectionTypes,
	NodeHelpers,
	UserError,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypes,
	type IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { memoryNode } from './memoryNode';
import { toolNodes } from './toolNodes';

const repositoryRoot = resolve(__dirname, '../..');

// Jest gives each test file globals of its own, so there an error made by Node itself (a refused connection, an abort)
// is not an `instanceof Error`. In n8n it is, and both the engine and a node may ask. Subclasses keep the usual test.
const ordinary = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
	configurable: true,
	value(this: unknown, value: unknown) {
		if (this === Error && (types.isNativeError(value) || value instanceof DOMException)) return true;
		return ordinary.call(this as typeof Error, value);
	},
});

let started: Promise<void> | undefined;
let userFolder: string | undefined;
afterAll(() => {
	if (userFolder) rmSync(userFolder, { recursive: true, force: true });
});

/** Once, before n8n-core builds its first service: a service reads the environment once. */
function startHost(): Promise<void> {
	return (started ??= prepareHost());
}

async function prepareHost(): Promise<void> {
	// Any node execution asks for InstanceSettings, and that writes an encryption key and reads the old one.
	userFolder = mkdtempSync(join(tmpdir(), 'n8n-chatgpt-test-'));
	process.env.N8N_USER_FOLDER = userFolder;
	// A failing node is logged with its stack, and failing nodes are what we test.
	process.env.N8N_LOG_LEVEL = 'silent';
	// Without this the service keeps binary data inside the items; n8n 2 keeps it in files.
	await Container.get(BinaryDataService).init();
}

const loaders = new Map<string, Promise<PackageDirectoryLoader>>();

/**
 * Loads the nodes and credentials that a package.json names, as n8n does when it starts. Once.
 *
 * @param folder where the package is; this repository unless given.
 */
export function loadPackage(folder = repositoryRoot): Promise<PackageDirectoryLoader> {
	let loader = loaders.get(folder);
	if (!loader) loaders.set(folder, (loader = load(folder)));
	return loader;
}

async function load(folder: string): Promise<PackageDirectoryLoader> {
	await startHost();
	// With NODE_ENV=test, which jest sets, the loader takes jest's require: node and engine share one n8n-workflow.
	const loader = new PackageDirectoryLoader(folder);
	await loader.loadAll();
	// n8n adds these after loading, so a credential always says which hosts it may be sent to.
	for (const { type } of Object.values(loader.credentialTypes)) {
		type.properties = injectDomainRestrictionFields(type);
	}
	return loader;
}

/**
 * n8n-nodes-base is not installed here: this stands in for its trigger, under its name. Outside of the editor a trigger
 * hands on what it is given.
 */
const manualTrigger: INodeType = {
	description: {
		displayName: 'Manual Trigger',
		name: 'manualTrigger',
		group: ['trigger'],
		version: 1,
		description: '',
		defaults: { name: 'Manual Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
	},
	execute(this: IExecuteFunctions) {
		return Promise.resolve([this.getInputData()]);
	},
};

export function nodeTypesOf(loader: PackageDirectoryLoader): INodeTypes {
	const find = (fullName: string) => {
		if (fullName === 'n8n-nodes-base.manualTrigger') return manualTrigger;
		if (fullName === '@n8n/n8n-nodes-langchain.memoryBufferWindow') return memoryNode;
		if (toolNodes[fullName]) return toolNodes[fullName];
		const [packageName = '', name = ''] = fullName.split('.');
		if (packageName !== loader.packageName) throw new UnrecognizedNodeTypeError(packageName, name);
		return loader.getNode(name).type;
	};
	return {
		getByName: find,
		getByNameAndVersion: (name, version) => NodeHelpers.getVersionedNodeType(find(name), version),
		getKnownTypes: () => ({}),
	};
}

/** The node before would have stored its binary data: an item then holds a reference in place of the bytes. */
export async function storeBinaryData(
	items: INodeExecutionData[],
	workflowId: string,
	executionId: string,
): Promise<INodeExecutionData[]> {
	const location = FileLocation.ofExecution(workflowId, executionId);
	const copies = deepCopy(items);
	for (const file of copies.flatMap(({ binary }) => Object.values(binary ?? {}))) {
		if (file.id) continue;
		await Container.get(BinaryDataService).store(location, Buffer.from(file.data, BINARY_ENCODING), file);
	}
	return copies;
}

/** For what only n8n's server can do: a node that calls it gets told so, instead of a made-up answer. */
export function absent(what: string) {
	return (): never => {
		throw new UserError(`${what} is not part of the test host`);
	};
}

/** What a node and an expression may ask of n8n's server, the addresses as on a fresh n8n. */
export function serverData(executionId: string): Omit<IWorkflowExecuteAdditionalData, 'credentialsHelper'> {
	const base = 'http://localhost:5678';
	return {
		executionId,
		currentNodeExecutionIndex: 0,
		variables: {},
		instanceBaseUrl: `${base}/`,
		restApiUrl: `${base}/rest`,
		formBaseUrl: `${base}/form`,
		formWaitingBaseUrl: `${base}/form-waiting`,
		formTestBaseUrl: `${base}/form-test`,
		webhookBaseUrl: `${base}/webhook`,
		webhookWaitingBaseUrl: `${base}/webhook-waiting`,
		webhookTestBaseUrl: `${base}/webhook-test`,
		mcpBaseUrl: `${base}/mcp`,
		mcpTestBaseUrl: `${base}/mcp-test`,
		externalSecretsProxy: new ExternalSecretsProxy(),
		logAiEvent: () => {},
		executeWorkflow: absent('executeWorkflow'),
		getRunExecutionData: absent('getRunExecutionData'),
		getRuntimeCredential: absent('getRuntimeCredential'),
		startRunnerTask: absent('startRunnerTask'),
	};
}
