import type { ChatRequest, JsonObject } from '@aios/protocol';
import { answerFrom, answerFromGiven, failureNote } from './answer.ts';
import { demandedTool, searchTool, takesQuery } from './choose-tool.ts';
import { type Conversation, readConversation } from './conversation.ts';
import { type Ranking, rankSentences } from './ranking.ts';
import { fillArguments } from './tool-arguments.ts';
import { topicWords } from './words.ts';

/** What the offline provider does next. */
export type Plan = { kind: 'call'; tool: string; arguments: JsonObject } | { kind: 'say'; text: string };

/** Below this share of the question covered, the first search counts as poor. */
const poorCoverage = 0.5;
const maxRareWords = 3;

/** Decides by fixed rules: search first, at most once more with rarer words, then quote what was found. */
export function plan(request: ChatRequest): Plan {
  const conversation = readConversation(request);
  const { question, outcomes } = conversation;
  const demanded = demandedTool(request, question);
  if (demanded !== undefined) return call(demanded.name, fillArguments(demanded.inputSchema, question));

  if (outcomes.length > 0) {
    const passages = outcomes.flatMap((outcome) => outcome.passages);
    const ranking = rankSentences(question, passages);
    return (
      secondSearch(request, conversation, ranking) ?? say(answerFrom(question, ranking, passages, outcomes))
    );
  }
  const tool = request.toolChoice === 'none' ? undefined : searchTool(request.tools ?? [], question);
  if (tool !== undefined && !conversation.lastIsToolResult && topicWords(question).length > 0) {
    return call(tool.name, fillArguments(tool.inputSchema, question));
  }
  return say(answerFromGiven(question, conversation.given));
}

/** One more search with the rarer words alone, if the first one was poor. Never a third. */
function secondSearch(
  request: ChatRequest,
  { calledTools, queries, outcomes, question }: Conversation,
  ranking: Ranking,
): Plan | undefined {
  if (request.toolChoice === 'none' || calledTools.length !== 1 || ranking.coverage >= poorCoverage)
    return undefined;
  if (outcomes.some((outcome) => failureNote([outcome]) !== undefined)) return undefined;
  const tool = request.tools?.find(({ name }) => name === calledTools[0]);
  if (tool === undefined || !takesQuery(tool)) return undefined;
  const query = ranking.rarest.slice(0, maxRareWords).join(' ');
  const isNew =
    query !== '' && topicWords(queries[0] ?? question).length > Math.min(maxRareWords, ranking.rarest.length);
  return isNew ? call(tool.name, { ...fillArguments(tool.inputSchema, question), query }) : undefined;
}

function call(tool: string, toolArguments: JsonObject): Plan {
  return { kind: 'call', tool, arguments: toolArguments };
}

function say(text: string): Plan {
  return { kind: 'say', text };
}
