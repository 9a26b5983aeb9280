#include "gigawatt/engine/plain_question.h"

namespace gigawatt::engine {

void fields(config::FieldVisitor& v, PlainQuery& q) {
  v.choice(q.topic, kPlainTopicNames,
           {.key = "topic", .doc = "What is asked.", .required = true, .positional = true});
  v(q.phrase,
    {.key = "phrase",
     .doc =
         "The question in words, instead of options: \"1 GW of GB300\", \"Llama 4 Maverick, 22T tokens, 60 "
         "days\", \"100,000 H100\".",
     .positional = true});
  v(q.system, {.key = "system", .doc = "System, as people write it: GB300, H100 ...; by default GB300."});
  v(q.power_w, {.key = "power", .doc = "Power at the meter.", .unit = "MW", .min = 0, .max = 1e12});
  v(q.gpus, {.key = "gpus", .doc = "Accelerators, instead of power.", .min = 1, .max = 1e9});
  v(q.model,
    {.key = "model", .doc = "Model, as people write it: Llama 4 Maverick; or a Hugging Face config.json."});
  v(q.tokens, {.key = "tokens", .doc = "Tokens to train, such as 22T.", .min = 0, .max = 1e18});
  v(q.days,
    {.key = "days",
     .doc = "Days of a training: how many accelerators it takes, or how many tokens a given fleet trains.",
     .min = 0,
     .max = 1e5});
  v(q.seq, {.key = "seq",
            .doc = "Tokens of a sequence; by default as in most published runs of the model, else 8,192, or "
                   "what it reads.",
            .min = 1,
            .max = 1e8});
  v(q.precision, {.key = "precision",
                  .doc = "Of a training's products: bf16, fp8, mxfp8, nvfp4 ...; default: fp8 where the "
                         "model's weights are published so, else bf16."});
  v(q.batch_tokens,
    {.key = "batch_tokens",
     .doc =
         "Tokens of a step; 0: 1,024 an accelerator, 16 to 64 million; 63 million for mixtures of experts.",
     .min = 0,
     .max = 1e12});
  v(q.user_rate,
    {.key = "user_rate",
     .doc = "Tokens a second that each user gets at least; 0: as many tokens in all as there can be.",
     .min = 0,
     .max = 1e6});
  v(q.isl, {.key = "isl", .doc = "Tokens of a prompt.", .min = 1, .max = 1e8});
  v(q.osl, {.key = "osl", .doc = "Tokens of an answer.", .min = 1, .max = 1e8});
  v(q.cooling, {.key = "cooling", .doc = "Cooling plant of the catalogue; empty: as the system is cooled."});
}

}  // namespace gigawatt::engine
