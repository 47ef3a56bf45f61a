/** Watches the process while a scenario runs in it: complaints, what is logged, what is left behind. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { runInThisContext } from 'node:vm';
import { WorkflowExecute } from 'n8n-core';
import { LoggerProxy, type IExecuteData, type Workflow } from 'n8n-workflow';

/** What of WorkflowExecute is listened to. */
interface Engine {
	runNode(workflow: Workflow, data: IExecuteData, ...rest: unknown[]): unknown;
	reportNodeExecutionError(error: unknown, ...rest: unknown[]): unknown;
}

// Jest's own `process` in a test file is a copy that emits nothing.
const realProcess = runInThisContext('process') as NodeJS.Process;

export type ProcessWatch = ReturnType<typeof watchProcess>;

export function watchProcess() {
	const complaints: string[] = [];
	const complain = (complaint: unknown) => void complaints.push(inspect(complaint));
	const events = ['unhandledRejection', 'uncaughtExceptionMonitor', 'warning'];
	for (const event of events) realProcess.on(event, complain);

	const logged: unknown[] = [];
	const log = (...words: unknown[]) => void logged.push(words);
	LoggerProxy.init({ error: log, warn: log, info: log, debug: log });
	const levels = ['log', 'info', 'warn', 'error', 'debug'] as const;
	const consoles = levels.map((level) => jest.spyOn(console, level).mockImplementation(log));

	const engine = WorkflowExecute.prototype as unknown as Engine;
	const { runNode } = engine;
	const tries = new Map<string, number[]>();
	const nodes = jest.spyOn(engine, 'runNode').mockImplementation(function (
		this: Engine,
		workflow,
		data,
		...rest
	) {
		tries.set(data.node.id, [...(tries.get(data.node.id) ?? []), performance.now()]);
		return runNode.call(this, workflow, data, ...rest);
	});
	const errors = jest.spyOn(engine, 'reportNodeExecutionError');

	const lag = monitorEventLoopDelay({ resolution: 5 });
	lag.enable();
	const before = countedResources();

	return {
		/** What Node says of unhandled rejections, of errors that are not caught and of too many listeners. */
		complaints,
		/** What is logged or printed, n8n's debug messages included. */
		logged,
		/** The errors that nodes throw; n8n keeps only parts of them. */
		thrown: () => errors.mock.calls.map(([error]) => error),
		/** When n8n ran a node, each time it did. */
		triesOf: (nodeId: string) => tries.get(nodeId) ?? [],
		/** The longest time in which the event loop did not turn, in milliseconds. */
		lagMs: () => lag.max / 1e6,
		/** What keeps the process alive now, and did not at the beginning. */
		async leftBehind(): Promise<string[]> {
			let left: string[] = [];
			for (let patience = 20; patience > 0; patience--) {
				left = [...countedResources()]
					.filter(([resource, count]) => count > (before.get(resource) ?? 0))
					.map(([resource, count]) => `${count - (before.get(resource) ?? 0)} ${resource}`);
				if (left.length === 0) break;
				await sleep(10);
			}
			return left;
		},
		end() {
			lag.disable();
			for (const spy of [...consoles, nodes, errors]) spy.mockRestore();
			for (const event of events) realProcess.off(event, complain);
		},
	};
}

function countedResources(): Map<string, number> {
	const counts = new Map<string, number>();
	for (const resource of realProcess.getActiveResourcesInfo()) {
		counts.set(resource, (counts.get(resource) ?? 0) + 1);
	}
	return counts;
}
