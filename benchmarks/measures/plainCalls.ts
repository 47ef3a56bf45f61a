/** CPU of one plain call. */
import { cpuPerCall } from './support/cpuPerCall';
import { inOwnProcess } from './support/inOwnProcess';
import { startFixedReply } from './support/startServer';
import {
	AI_SDK,
	BARE_UNDICI,
	bareUndici,
	OPENAI_SDK,
	openAiSdk,
	ours,
	vercelAiSdk,
} from './support/waysToAsk';

inOwnProcess(async ({ quick }) => {
	const { baseUrl } = await startFixedReply();
	const peers = {
		[BARE_UNDICI]: bareUndici(baseUrl),
		[OPENAI_SDK]: openAiSdk(baseUrl),
		[AI_SDK]: await vercelAiSdk(baseUrl),
	};
	const most = { [BARE_UNDICI]: 1.6, [OPENAI_SDK]: 1 / 3, [AI_SDK]: 1 / 3 };
	return await cpuPerCall('CPU per plain call', ours(baseUrl), peers, { calls: 1_000, most, quick });
});
