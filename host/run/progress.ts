import type { IExecuteFunctions } from 'n8n-workflow';
import type { Run } from '../../client';
import { countText, type RunTotals } from './runTotals';

const INTERVAL_MS = 5_000;

/**
 * Says every five seconds how far a run is: in n8n's log and, when it was started in the editor, in the browser's
 * console, the one place that n8n lets a node write to while it runs.
 *
 * @returns to be called when the run is over.
 */
export function reportProgress(
	context: Pick<
		IExecuteFunctions,
		'logger' | 'sendMessageToUI' | 'getNode' | 'getWorkflow' | 'getExecutionId'
	>,
	count: number,
	totals: RunTotals,
	run: Run,
): () => void {
	// The log is that of all workflows.
	const place = `${context.getNode().name} in workflow "${context.getWorkflow().name}" (execution ${context.getExecutionId()})`;
	const started = Date.now();
	let last: string | undefined;
	const timer = setInterval(() => {
		const text = progressText(count, totals, run, Date.now() - started);
		if (text === last) return;
		last = text;
		context.logger.info(`${place}: ${text}`);
		context.sendMessageToUI(text);
	}, INTERVAL_MS);
	return () => clearInterval(timer);
}

/** "120 of 1000 items done, 2 failed; 5 retries, 3 waiting; about 40 s left", without what there is none of. */
export function progressText(count: number, totals: RunTotals, { waiting }: Run, elapsedMs: number): string {
	const { done, failures, retries } = totals;
	const parts = [
		[`${done} of ${countText(count, 'item')} done`, failures > 0 && `${failures} failed`],
		[retries > 0 && countText(retries, 'retry', 'retries'), waiting > 0 && `${waiting} waiting`],
		[done > 0 && `about ${duration((elapsedMs / done) * (count - done))} left`],
	];
	return parts
		.map((part) => part.filter(Boolean).join(', '))
		.filter(Boolean)
		.join('; ');
}

function duration(ms: number): string {
	const seconds = Math.ceil(ms / 1000);
	if (seconds < 120) return `${seconds} s`;
	const minutes = Math.round(seconds / 60);
	return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
