#include "gigawatt/base/random.h"
#include "gigawatt/scenario/test/support.h"

namespace gigawatt::scenario {
namespace {

TEST(Mistakes, AreAllReportedAtOnceInTheOrderOfTheFile) {
  const std::string said = messages(R"(version = 1
name = "t"
start = 2027-01-01
end = 2026-01-01
[[site]]
name = "a"
catalog = "promethius"
pue = -1
[[job]]
name = "j"
model = "llama3.1-405"
site = "b"
system = "h100"
tokens = 1e12
sequence = 8192
)");
  std::size_t last = 0;
  for (const char* expected :
       {"t.toml:4:7: error: the end (2026-01-01) is not after the start (2027-01-01) [out-of-order]",
        "t.toml:7:11: error: the catalogue has no site 'promethius' [unknown-name]",
        "did you mean 'prometheus'?", "t.toml:8:7: error: 'site[0].pue' is -1 [out-of-range]",
        "job 'j' gives no global batch [missing-key]",
        "the catalogue has no model 'llama3.1-405' [unknown-name]",
        "t.toml:12:8: error: unknown site 'b' [unknown-name]"}) {
    const auto at = said.find(expected, last);
    ASSERT_NE(at, std::string::npos) << expected << "\nsaid:\n" << said;
    last = at;
  }
}

TEST(Mistakes, OfBatches) {
  const auto said = [](const std::string& keys) {
    return messages(R"(version = 1
name = "t"
start = 2026-01-01
end = 2027-01-01
[[site]]
name = "a"
kind = "existing"
[[fleet]]
system = "h100-sxm"
accelerators = 1024
date = 2026-01-01
site = "a"
[[job]]
name = "b"
kind = "batch"
)" + keys);
  };
  EXPECT_SAYS(said(""), "batch 'b' gives no count [missing-key]");
  EXPECT_SAYS(said("count = 3\nsizes = [8]\n"), "batch 'b' gives no duration_median [missing-key]");
  EXPECT_SAYS(said("count = 3\nduration_median = \"2 h\"\n"), "batch 'b' gives no sizes [missing-key]");
  const std::string whole = "count = 3\nduration_median = \"2 h\"\n";
  EXPECT_SAYS(said(whole + "sizes = [8, 16]\nsize_shares = [1.0]\n"),
              "has 2 sizes and 1 shares [wrong-length]");
  EXPECT_SAYS(said(whole + "sizes = [8, 16]\nsize_shares = [0.5, 0.4]\n"),
              "sum to 0.9, not to 1 [wrong-sum]");
  EXPECT_SAYS(said(whole + "sizes = [8]\nduration_mean = \"1 h\"\n"), "is below its median [out-of-order]");
  EXPECT_SAYS(said(whole + "sizes = [2048]\n"),
              "job 'b' wants 2048 accelerators, but no site ever holds more than 1024");
}

TEST(Mistakes, OfPhases) {
  EXPECT_SAYS(
      phase_messages("facility_power = \"1 MW\"\nit_power = \"1 MW\"\nacceptance = { date = 2025 }\n"),
      "phase 'p' has both facility_power and it_power [two-powers]");
  EXPECT_SAYS(phase_messages("acceptance = { date = 2025 }\n"),
              "phase 'p' has neither facility_power nor it_power [no-power]");
  EXPECT_SAYS(phase_messages("it_power = \"1 MW\"\n"),
              "step 'permit' of phase 'p' has no date to count from [no-start]");
  EXPECT_SAYS(
      phase_messages("it_power = \"1 MW\"\nshell = { date = 2026-01-01 }\nracks = { date = 2025-01-01 }\n"),
      "'site[0].phase[0].racks' (2025-01-01) is done before 'shell' (2026-01-01), which it waits for "
      "[out-of-order]");
  EXPECT_SAYS(
      phase_messages("it_power = \"1 MW\"\nstart = 2025\nshell = { date = 2026, lead = \"3 months\" }\n"),
      "has both a date and a lead time [date-and-lead]");
  EXPECT_SAYS(
      phase_messages(
          "it_power = \"1 MW\"\nstart = 2025\nshell = { lead = \"3 months\", after = \"permits\" }\n"),
      "unknown build step 'permits' [unknown-name]");
  EXPECT_SAYS(
      phase_messages(
          "it_power = \"1 MW\"\nstart = 2025\nshell = { lead = \"3 months\", after = [\"network\"] }\n"),
      "waits for itself [cycle]");
  EXPECT_SAYS(phase_messages("it_power = \"1 kW\"\nacceptance = { date = 2025 }\n"),
              "phase 'p' feeds no node: 1 kW at the racks [too-little-power]");
  EXPECT_SAYS(phase_messages("it_power = \"900 GW\"\nacceptance = { date = 2025 }\n"), "[too-much-power]");
  EXPECT_SAYS(phase_messages("it_power = \"1 MW\"\nassumed = true\nacceptance = { date = 2025 }\n"),
              "'site[0].phase[0]' is assumed, but gives no reason [no-reason]");
  EXPECT_SAYS(phase_messages("it_power = \"1 MW\"\nacceptance = { date = 2025 }\n[[site.phase]]\nname = "
                             "\"p\"\nit_power = \"1 MW\"\nacceptance = { date = 2025 }\n"),
              "site 'a' has two phases named 'p' [duplicate-name]");
  EXPECT_SAYS(phase_messages("it_power = \"1 MW\"\nsystem = \"h100-smx\"\nacceptance = { date = 2025 }\n"),
              "did you mean 'h100-sxm'");
  EXPECT_SAYS(messages(std::string(kHead) + "[[site]]\nname = \"a\"\n[[site.phase]]\nname = \"p\"\nit_power "
                                            "= \"1 MW\"\nacceptance = { date = 2025 }\n"),
              "phase 'p' names no system [no-system]");
}

TEST(Mistakes, OfSitesSupplyFleetAndDeliveries) {
  EXPECT_SAYS(site_messages("[[site]]\nname = \"a\"\n"), "two sites are named 'a' [duplicate-name]");
  EXPECT_SAYS(site_messages("[[site]]\nname = \"any\"\n"), "a site cannot be named 'any' [reserved-name]");
  EXPECT_SAYS(site_messages("[[site]]\nname = \"b\"\ncooling = \"liquid-dryy\"\n"),
              "did you mean 'liquid-dry'");
  EXPECT_SAYS(site_messages("[[site]]\nname = \"b\"\npue = 1.4\npeak_overhead = 1.2\n"),
              "'site[1].peak_overhead' (1.2) is below 'pue' (1.4) [out-of-order]");
  EXPECT_SAYS(site_messages("[[site.supply]]\nkind = \"battery\"\ndate = 2025\npower = \"1 MW\"\n"),
              "is a battery without 'energy' [no-energy]");
  EXPECT_SAYS(
      site_messages("[[site.supply]]\nkind = \"grid\"\ndate = 2026\nuntil = 2025\npower = \"1 MW\"\n"),
      "'site[0].supply[0].until' (2025-01-01) is not after its date (2026-01-01)");
  EXPECT_SAYS(
      site_messages("[[fleet]]\nsystem = \"h100-sxm\"\nsite = \"aa\"\naccelerators = 8\ndate = 2025\n"),
      "unknown site 'aa' [unknown-name]");
  EXPECT_SAYS(site_messages("[[delivery]]\nsystem = \"h100-sxm\"\nsite = \"a\"\ndate = 2025\n"),
              "needs date and accelerators, or parts [missing-key]");
  EXPECT_SAYS(
      site_messages("[[delivery]]\nsystem = \"h100-sxm\"\nsite = \"a\"\npart = [{ date = 2026, accelerators "
                    "= 8 }, { date = 2025, accelerators = 8 }]\n"),
      "part 2 of delivery 'h100-sxm to a' (2025-01-01) is before the one above (2026-01-01) [out-of-order]");
  EXPECT_SAYS(
      site_messages("[[delivery]]\nsystem = \"mi300x\"\nsite = \"a\"\ndate = 2025\naccelerators = 8\n"),
      "site 'a' has no phase for mi300x [no-room]");
}

TEST(Mistakes, OfTrainings) {
  EXPECT_EQ(site_messages(training(kBatch)), "");
  EXPECT_SAYS(site_messages(training("")), "job 'j' gives no global batch [missing-key]");
  EXPECT_SAYS(site_messages(training("global_batch = 4\nglobal_batch_tokens = 32768\n")),
              "job 'j' gives both global_batch and global_batch_tokens [two-batches]");
  EXPECT_SAYS(site_messages(training("global_batch_tokens = 10000\n")),
              "a batch of 10000 tokens is 1.2207 sequences of 8192 [does-not-divide]");
  EXPECT_SAYS(
      site_messages(training("global_batch = 512\naccelerators = 1000\nplan = \"TP8 PP4 DP32 MB1\"\n")),
      "needs a multiple of 32 accelerators (TP x CP x PP), the job has 1000 [plan-does-not-divide]");
  EXPECT_SAYS(site_messages(training(std::string(kBatch) + "plan = \"TP8 PP4 DP64 MB1\"\n")),
              "plan \"TP8 PP4 DP64 MB1\" has 2048 ranks, the job 1024 accelerators");
  EXPECT_SAYS(site_messages(training("global_batch = 100\naccelerators = 1024\nplan = \"TP8 MB1\"\n")),
              "a global batch of 100 sequences does not divide by DP x MB = 128");
  EXPECT_SAYS(site_messages(training(std::string(kBatch) + "plan = \"TP64\"\n")),
              "32 attention heads of llama3.1-8b do not divide by TP");
  EXPECT_SAYS(site_messages(training(std::string(kBatch) + "plan = \"TP8 EP4\"\n")),
              "0 experts of llama3.1-8b do not divide by EP");
  EXPECT_SAYS(site_messages(training("global_batch = 512\naccelerators = 1000000\n")),
              "job 'j' wants 1000000 accelerators, but site 'a' never holds more than");
  EXPECT_SAYS(site_messages(training(std::string(kBatch) + "precision = \"nvfp4\"\n")),
              "h100-sxm has no nvfp4 matrix units [unsupported-precision]");
  EXPECT_SAYS(site_messages(training(std::string(kBatch) + "min_accelerators = 8\n")),
              "min_accelerators goes with accelerators = \"max\"");
  EXPECT_SAYS(site_messages(training(std::string(kBatch) +
                                     "[[job.phase]]\ntokens = 1e9\nsequence = 8\nglobal_batch = 1\n")),
              "job 'j' has phases and also tokens, sequence or batch of its own");
  EXPECT_SAYS(site_messages(training(std::string(kBatch) + "start = 2029\n")),
              "job 'j' starts on 2029-01-01, after the scenario's end (2027-01-01)");
  EXPECT_SAYS(site_messages(training(std::string(kBatch) + "checkpoint = { policy = \"fixed\" }\n")),
              "the checkpoint policy of job 'j' is fixed, but gives no interval");
  EXPECT_SAYS(site_messages("[[site]]\nname = \"dark\"\n[[job]]\nname = \"k\"\nmodel = \"llama3.1-8b\"\nsite "
                            "= \"dark\"\ntokens = 1e9\nsequence = 8\nglobal_batch = 1\n"),
              "job 'k' is on site 'dark', which has no phase with power and no fleet [no-power]");
  EXPECT_SAYS(site_messages("[[job]]\nname = \"k\"\nmodel = \"llama3.1-8b\"\nsite = \"a\"\nsystem = "
                            "\"mi300x\"\ntokens = 1e9\nsequence = 8\nglobal_batch = 1\n"),
              "job 'k' wants mi300x, which site 'a' never holds [no-such-system-here]");
}

TEST(Mistakes, OfTeachersAndChains) {
  const auto job = [](const std::string& name, const std::string& more) {
    return "[[job]]\nname = \"" + name +
           "\"\nmodel = \"llama3.1-8b\"\nsite = \"a\"\ntokens = 1e9\nsequence = 8192\nglobal_batch = "
           "8\naccelerators = 8\n" +
           more;
  };
  EXPECT_SAYS(site_messages(job("x", "after = \"y\"\n") + job("y", "after = [\"z\"]\n") +
                            job("z", "after = [\"x\"]\n")),
              "jobs wait for each other: x -> y -> z -> x [cycle]");
  EXPECT_SAYS(site_messages(job("x", "kind = \"distillation\"\nteacher = \"y\"\n") +
                            job("y", "kind = \"distillation\"\nteacher = \"x\"\n")),
              "jobs wait for each other: x -> y -> x [cycle]");
  EXPECT_SAYS(site_messages(job("x", "after = \"x\"\n")), "jobs wait for each other: x -> x [cycle]");
  EXPECT_SAYS(site_messages(job("x", "kind = \"distillation\"\nteacher = \"llama3.1-70\"\n")),
              "unknown job or model 'llama3.1-70' [unknown-name]");
  EXPECT_SAYS(site_messages(job(
                  "x", "kind = \"distillation\"\nteacher = \"llama3.1-70b\"\ndistillation = \"shared\"\n")),
              "unknown job 'llama3.1-70b' [unknown-name]");
  EXPECT_SAYS(site_messages(job("x", "kind = \"distillation\"\n")),
              "job 'x' is a distillation without a teacher [missing-key]");
  EXPECT_SAYS(site_messages(job("x", "teacher = \"llama3.1-70b\"\n")), "make it kind = \"distillation\"");
  EXPECT_SAYS(site_messages(job("x", "after = \"xx\"\n")), "unknown job 'xx' [unknown-name]");
  EXPECT_EQ(site_messages(job("x", "kind = \"distillation\"\nteacher = \"llama3.1-70b\"\n")), "");
  EXPECT_SAYS(site_messages(job("x", "after = \"r\"\n") +
                            "[[job]]\nname = \"r\"\nkind = \"research\"\nshare = 0.1\n"),
              "job 'x' waits for 'r', a pool that never finishes [endless-predecessor]");
}

TEST(Mistakes, OfPools) {
  const auto pool = [](const std::string& more) {
    return site_messages("[[job]]\nname = \"s\"\nkind = \"inference\"\nsite = \"a\"\n" + more);
  };
  EXPECT_SAYS(pool(""), "inference job 's' has no demand [missing-key]");
  EXPECT_SAYS(pool("demand = [{ date = 2025 }]\n"),
              "demand 1 of job 's' gives none of accelerators, tokens_per_day and users");
  EXPECT_SAYS(pool("demand = [{ date = 2025, accelerators = 1, tokens_per_day = 5 }]\n"),
              "gives more than one of accelerators, tokens_per_day and users [two-demands]");
  EXPECT_SAYS(pool("demand = [{ date = 2025, users = 5 }]\n"), "job 's' has users but names no model");
  EXPECT_SAYS(pool("demand = [{ date = 2025, users = 5 }]\n"), "does not say what they ask for");
  EXPECT_SAYS(pool("demand = [{ date = 2025, tokens_per_day = 5 }]\n"),
              "job 's' wants tokens but names no model");
  EXPECT_SAYS(pool("demand = [{ date = 2026, accelerators = 1 }, { date = 2025, accelerators = 1 }]\n"),
              "demand 2 of job 's' (2025-01-01) is not after the one above (2026-01-01)");
  EXPECT_SAYS(pool("end = 2024\ndemand = [{ date = 2026, accelerators = 1 }]\n"),
              "job 's' ends (2024-01-01) before it starts");
  EXPECT_SAYS(site_messages("[[job]]\nname = \"r\"\nkind = \"research\"\n"),
              "research job 'r' gives no share");
}

TEST(Mistakes, OfSettingsAndBudget) {
  EXPECT_SAYS(site_messages("[failures]\nprofile = \"lama3-405b\"\n"), "did you mean 'llama3-405b'");
  EXPECT_SAYS(site_messages("[failures]\nmttf = { gpuu = \"5 years\" }\n"),
              "unknown component 'gpuu' [unknown-name]");
  EXPECT_SAYS(site_messages("[checkpoint]\npolicy = \"fixed\"\n"),
              "'checkpoint' is fixed, but gives no interval");
  EXPECT_SAYS(site_messages("[prices]\naccelerator = { h1000 = \"1 USD\" }\n"),
              "the catalogue has no system 'h1000'");
  EXPECT_SAYS(
      site_messages(
          "[[budget]]\nyear = 2025\ncapex = \"1 GUSD\"\n[[budget]]\nyear = 2025\ncapex = \"1 GUSD\"\n"),
      "two budgets for 2025 [duplicate-name]");
  EXPECT_SAYS(
      site_messages("[[budget]]\nyear = 2025\ncapex = \"1 GUSD\"\nlow = \"3 GUSD\"\nhigh = \"2 GUSD\"\n"),
      "'budget[0].high' is below 'low' [out-of-order]");
  EXPECT_SAYS(site_messages("[[budget]]\nyear = 2025\ncapex = \"1 GUSD\"\nshares = { a = 0.7, b = 0.6 }\n"),
              "the shares of 2025 sum to 130%");
  EXPECT_SAYS(site_messages("[[budget]]\nyear = 2025\ncapex = \"-1 GUSD\"\n"),
              "'budget[0].capex' is -1 GUSD [out-of-range]");
  EXPECT_SAYS(messages("version = 2\nname = \"t\"\nstart = 2025\nend = 2026\n" + std::string(kSite)),
              "'version' is 2 [out-of-range]");
  EXPECT_SAYS(messages("version = 1\nname = \"a b\"\nstart = 2025\nend = 2026\n" + std::string(kSite)),
              "the name 'a b' has other characters than letters");
  EXPECT_SAYS(messages(""), "'site' is missing [missing-key]");
}

TEST(Mistakes, OfClaims) {
  const auto claim = [](const std::string& more) {
    return site_messages("[[claim]]\nid = \"c\"\nstatement = \"s\"\nsource = \"x\"\n" + more);
  };
  EXPECT_EQ(claim("quantity = \"site_facility_power\"\nsite = \"a\"\nat = 2026\nvalue = \"20 MW\"\n"), "");
  EXPECT_SAYS(claim("quantity = \"facility_power\"\nvalue = \"20 MW\"\n"),
              "claim 'c' is about facility_power, which needs 'at' [missing-key]");
  EXPECT_SAYS(claim("quantity = \"site_power\"\nsite = \"a\"\nat = 2026\nvalue = \"20 MW\"\n"),
              "'claim[0].quantity' is \"site_power\" [unknown-value]");
  EXPECT_SAYS(claim("quantity = \"it_power\"\nat = 2026\nvalue = \"20 t\"\n"),
              "'claim[0].value' is \"20 t\", but it_power is a quantity in MW [wrong-unit]");
  EXPECT_SAYS(claim("quantity = \"accelerators_total\"\nat = 2026\nvalue = \"20 MW\"\n"),
              "accelerators_total is a plain number");
  EXPECT_SAYS(claim("quantity = \"it_power\"\nat = 2030\nvalue = \"20 MW\"\n"),
              "outside of the simulated period (2025-01-01 to 2027-01-01) [outside-period]");
  EXPECT_SAYS(claim("quantity = \"it_power\"\nat = 2026\nvalue = \"20 MW\"\nrelation = \"range\"\n"),
              "claim 'c' is a range without 'upper'");
  EXPECT_SAYS(
      claim(
          "quantity = \"it_power\"\nat = 2026\nvalue = \"20 MW\"\nupper = \"10 MW\"\nrelation = \"range\"\n"),
      "'claim[0].upper' is below 'value'");
  EXPECT_SAYS(claim("quantity = \"mfu\"\njob = \"nope\"\nvalue = 0.4\n"),
              "unknown job 'nope' [unknown-name]");
  EXPECT_SAYS(claim("quantity = \"ratio_to\"\nof = \"facility_power\"\nat = 2026\nreference = "
                    "\"reactor\"\nvalue = 1\n"),
              "did you mean 'reactor-net-power'");
  EXPECT_SAYS(claim("quantity = \"ratio_to\"\nof = \"accelerators_total\"\nat = 2026\nreference = "
                    "\"reactor-net-power\"\nvalue = 1\n"),
              "which is another kind of quantity [wrong-unit]");
  EXPECT_SAYS(
      claim("quantity = \"first_to_capacity\"\nsite = \"a\"\nrivals = [\"colossus-3\"]\nvalue = \"1 GW\"\n"),
      "the catalogue has no site 'colossus-3'");
  EXPECT_SAYS(claim("quantity = \"required_power\"\nsite = \"a\"\nsystem = \"h100-sxm\"\nvalue = \"1 GW\"\n"),
              "which needs 'accelerators'");
  EXPECT_SAYS(claim("quantity = \"it_power\"\nat = 2026\nvalue = \"20 MW\"\nsource_key = \"nowhere\"\n"),
              "'nowhere'");
}

TEST(Mistakes, AValueThatTheReaderRefusedIsNotComplainedAboutTwice) {
  const std::string said = phase_messages("it_power = \"-1 MW\"\nacceptance = { date = 2025 }\n");
  EXPECT_SAYS(said, "'site[0].phase[0].it_power' is -1 MW [out-of-range]");
  EXPECT_EQ(said.find("no-power"), std::string::npos) << said;
}

TEST(Mistakes, InOverridesPointAtTheOverride) {
  EXPECT_SAYS(messages(std::string(kHead) + kSite, {"site.a.phase.p.it_power=3 kg"}),
              "<override>:1:25: error: 'site[0].phase[0].it_power' is \"3 kg\"");
  EXPECT_SAYS(messages(std::string(kHead) + kSite, {"site.a.system=h100-smx"}),
              "<override>:1:15: error: the catalogue has no system 'h100-smx'");
}

TEST(Mistakes, AbsurdMagnitudesAreRefusedNotComputed) {
  EXPECT_SAYS(phase_messages("it_power = \"1e300 W\"\nacceptance = { date = 2025 }\n"),
              "allowed: more than 0, at most 1,000,000 MW");
  EXPECT_SAYS(phase_messages("it_power = \"1 MW\"\nstart = 2025\nshell = { lead = \"1e9 years\" }\n"),
              "allowed: more than 0, at most 1,200 months");
  EXPECT_SAYS(site_messages(training(std::string(kBatch) + "plan = \"TP999999 PP999999 CP999999\"\n")),
              "plan-does-not-divide");
  EXPECT_SAYS(site_messages(training("global_batch = 512\naccelerators = 9223372036854775807\n")),
              "[out-of-range]");
  EXPECT_EQ(
      phase_messages("it_power = \"1 MW\"\nstart = 2200\npermit = { lead = \"100 years\", sigma = 3 }\n"),
      "");
}

TEST(Mistakes, NoDamageToAFileEverThrows) {
  // Bytes are dropped, doubled, swapped and replaced; whole lines vanish (half-written files) or move.
  const std::string original =
      file_text(shipped("single-rack")) + file_text(shipped("stargate-abilene")).substr(300);
  const std::string small = file_text(shipped("single-rack"));
  random::Stream stream(1, random::Domain::kTest, 77);
  int refused = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text = round % 4 == 0 ? original : small;
    const int edits = 1 + static_cast<int>(stream.below(4));
    for (int e = 0; e < edits; ++e) {
      const auto at = stream.below(text.size());
      switch (stream.below(6)) {
        case 0: text.erase(at, 1 + stream.below(20)); break;
        case 1: text.insert(at, text.substr(stream.below(text.size()), stream.below(40))); break;
        case 2: text[at] = static_cast<char>(stream.below(256)); break;
        case 3: text[at] = "0123456789-.\"[]{}=,#e"[stream.below(21)]; break;
        case 4: text.resize(at + 1); break;
        default: {
          const auto line = text.rfind('\n', at);
          if (line != std::string::npos) text.erase(line, text.find('\n', line + 1) - line);
        }
      }
      if (text.empty()) text = "x";
    }
    const auto s = load_text(text, "damaged.toml", knowledge());
    if (!s) {
      ++refused;
      EXPECT_FALSE(base::render(s.error()).empty());
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(Mistakes, ConservativeBackfillTakesNoPowerCapAndNoSignal) {
  const std::string text = std::string(kHead) + kSite;
  EXPECT_TRUE(load_text(text, "t", knowledge(), {"operations.scheduler=conservative"}));
  const auto s = load_text(text, "t", knowledge(),
                           {"operations.scheduler=conservative", "operations.it_power_cap=1 MW"});
  ASSERT_FALSE(s);
  EXPECT_SAYS(base::render(s.error()), "not with a power cap or a signal");
}

TEST(Mistakes, AnUnreadableFileIsADiagnostic) {
  const auto s = load("/nonexistent.toml", knowledge());
  ASSERT_FALSE(s);
  EXPECT_SAYS(base::render(s.error()), "nonexistent.toml: error: no such file");
}

TEST(Nonsense, FiguresThatNoPlaceHasAreRefused) {
  for (const char* key : {"wue = \"60 L/kWh\"", "carbon_intensity = \"414 kg/kWh\"",
                          "electricity_price = \"62000 USD/MWh\"", "construction_cost = \"10000 MUSD/MW\""})
    EXPECT_SAYS(
        messages(
            std::string(kHead) + "[[site]]\nname = \"a\"\nsystem = \"h100-sxm\"\n" + key +
            "\n[[site.phase]]\nname = \"p\"\nit_power = \"20 MW\"\nacceptance = { date = 2025-06-01 }\n"),
        "[out-of-range]");
  for (const char* key :
       {"accelerator_life = \"0.01 years\"", "building_life = \"30 days\"", "carbon = \"1 USD/g\"",
        "accelerator = { h100-sxm = \"30 MUSD\" }", "electricity = \"62 USD/kWh\""})
    EXPECT_SAYS(site_messages(std::string("[prices]\n") + key + "\n"), "[out-of-range]");
  EXPECT_EQ(
      site_messages("[prices]\naccelerator = { h100-sxm = \"0 USD\" }\naccelerator_life = \"1 year\"\n"), "");
}

std::string claim(const std::string& quantity, const std::string& more) {
  return site_messages(training(kBatch) +
                       "[[claim]]\nid = \"c\"\nstatement = \"s\"\nsource = \"x\"\nquantity = \"" + quantity +
                       "\"\n" + more);
}

TEST(Nonsense, ClaimsHaveTheSignAndBoundsOfTheirQuantity) {
  EXPECT_SAYS(claim("site_facility_power", "site = \"a\"\nvalue = \"-20 MW\"\n"),
              "'claim[0].value' is -20 MW, which site_facility_power cannot be");
  EXPECT_SAYS(claim("mfu", "job = \"j\"\nvalue = \"140%\"\n"),
              "'claim[0].value' is 140%, which mfu cannot be");
  EXPECT_SAYS(claim("goodput", "job = \"j\"\nvalue = 0.9\nrelation = \"range\"\nupper = 1.1\n"),
              "'claim[0].upper' is 1.1, which goodput cannot be");
  EXPECT_SAYS(claim("capex_year", "at = 2025-12-31\nvalue = \"-1 GUSD\"\n"), "which capex_year cannot be");
  EXPECT_EQ(claim("mfu", "job = \"j\"\nvalue = \"40%\"\n"), "");
  EXPECT_EQ(claim("site_facility_power", "site = \"a\"\nvalue = \"20 MW\"\n"), "");  // no day: at the end
}

TEST(Nonsense, OneErrorIsAboutOneThing) {
  const std::string table = messages(std::string(kHead) + "[site]\nname = \"a\"\n" + training(kBatch));
  EXPECT_SAYS(table, "write [[site]] in double brackets, once for each");
  EXPECT_EQ(table.find("unknown site"), std::string::npos) << table;
  const std::string lead = phase_messages("facility_power = \"20 MW\"\npower = { lead = \"+6 months\" }\n");
  EXPECT_SAYS(lead, "[relative-value]");
  EXPECT_EQ(lead.find("no-start"), std::string::npos) << lead;
  EXPECT_SAYS(messages("version = 1\nname = \"t\"\nstart = 2026-07\n"), "text stands in quotes: \"2026-07\"");
  EXPECT_SAYS(messages("version = 1\nlead = 6 months\n"), "text stands in quotes: \"6 months\"");
}

TEST(Nonsense, LessThanANodeAndRequestsWithoutLengths) {
  EXPECT_SAYS(phase_messages("it_power = \"20 MW\"\naccelerators = 7\nacceptance = { date = 2025-06-01 }\n"),
              "phase 'p' holds 7 accelerators, and h100-sxm comes in nodes of 8 [less-than-a-node]");
  const std::string lengths = site_messages(
      "[[job]]\nname = \"s\"\nkind = \"inference\"\nmodel = \"llama3.1-70b\"\ndemand = [{ date = 2025-07-01, "
      "tokens_per_day = 1e12 }]\n");
  EXPECT_SAYS(lengths, "job 's' serves tokens and gives no input_tokens [missing-key]");
  EXPECT_SAYS(lengths, "job 's' serves tokens and gives no output_tokens [missing-key]");
}

TEST(Nonsense, ACampusBeyondAnyAnnouncedOneIsNamed) {
  const auto large = load_text(std::string(kHead) + kSite +
                                   "[[site.phase]]\nname = \"q\"\nfacility_power = \"24.9 GW\"\n"
                                   "acceptance = { date = 2025-06-01 }\n",
                               "t.toml", knowledge());
  ASSERT_TRUE(large) << base::render(large.error());
  ASSERT_EQ(large->warnings.size(), 1u);
  EXPECT_NE(large->warnings[0].find("24.93 GW"), std::string::npos) << large->warnings[0];
  EXPECT_NE(large->warnings[0].find("10 GW"), std::string::npos) << large->warnings[0];
}

}  // namespace
}  // namespace gigawatt::scenario
