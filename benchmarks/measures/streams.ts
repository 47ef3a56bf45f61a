/** CPU of one streamed reply: 300 pieces of text and the usage, put together. */
import { cpuPerCall } from './support/cpuPerCall';
import { inOwnProcess } from './support/inOwnProcess';
import { startFixedReply } from './support/startServer';
import { AI_SDK, BARE_UNDICI, OPENAI_SDK, ours } from './support/waysToAsk';
import { bareUndiciStream, openAiSdkStream, vercelAiSdkStream } from './support/waysToStream';

inOwnProcess(async ({ quick }) => {
	const { baseUrl } = await startFixedReply();
	const peers = {
		[BARE_UNDICI]: bareUndiciStream(baseUrl),
		[OPENAI_SDK]: openAiSdkStream(baseUrl),
		[AI_SDK]: await vercelAiSdkStream(baseUrl),
	};
	const most = { [BARE_UNDICI]: 1.6, [OPENAI_SDK]: 1 / 4, [AI_SDK]: 1 / 4 };
	const streamed = ours(baseUrl, { stream: {} });
	return await cpuPerCall('CPU per stream of 300 pieces', streamed, peers, { calls: 200, most, quick });
});
