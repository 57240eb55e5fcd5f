#include "cli/parse_policy.h"

#include <CLI/CLI.hpp>

#include "common/base/dates.h"

namespace meridian::cli {
namespace {

std::string DayProblem(const std::string& text) {
  return ParseDay(text).ok() ? "" : "'" + text + "' is not a date YYYY-MM-DD";
}

std::string MonthProblem(const std::string& text) {
  return ParseMonth(text).ok() ? "" : "'" + text + "' is not a month YYYY-MM";
}

CLI::Option* AddDay(CLI::App* app, const std::string& flag, std::string& day,
                    const std::string& help) {
  return app->add_option(flag, day, help)
      ->type_name("YYYY-MM-DD")
      ->check(CLI::Validator(DayProblem, ""));
}

CLI::Option* AddMonth(CLI::App* app, const std::string& flag,
                      std::string& month, const std::string& help) {
  return app->add_option(flag, month, help)
      ->type_name("YYYY-MM")
      ->check(CLI::Validator(MonthProblem, ""));
}

CLI::Option* AddList(CLI::App* app, const std::string& flag,
                     std::vector<std::string>& list, const std::string& help) {
  return app->add_option(flag, list, help)->allow_extra_args(false);
}

CLI::Option* AddWord(CLI::App* app, const std::string& flag, std::string& word,
                     const std::vector<std::string>& words,
                     const std::string& help) {
  return app->add_option(flag, word, help)
      ->transform(CLI::IsMember(words, CLI::ignore_case, CLI::ignore_underscore)
                      .description(""));
}

// Groups of commands and the flags that several of them take.
class PolicyCommands {
 public:
  PolicyCommands(CLI::App* policy, Args& args, const CommandAdder& adder)
      : policy_(policy), args_(args), adder_(adder) {}

  void AddAll() {
    AddVerdicts();
    AddOverTime();
    AddMeasures();
    AddConcentration();
    AddComparisons();
    AddStored();
    AddDecisions();
  }

 private:
  CLI::App* Add(const std::string& name, CommandId id) {
    return adder_.add(policy_, name, id);
  }

  void AddFile(CLI::App* app, bool required = true) {
    app->add_option("FILE", args_.name,
                    "Policy, YAML or .textproto; or ID[@VERSION] of one that "
                    "the log holds")
        ->required(required);
  }

  void AddModel(CLI::App* app) {
    app->add_option("MODEL", args_.model, "Model, by any name")->required();
    app->add_option("--offering", args_.offering,
                    "The model as this operator serves it; self: on the "
                    "deployer's own machines")
        ->type_name("OPERATOR/ROUTE");
  }

  // Who asks, about which day, on what evidence of its own.
  void AddQuestion(CLI::App* app) {
    AddList(app, "--deployer", args_.deployer,
            "Who asks, over the policy's deployer: country, mau, revenue, "
            "commercial, military, critical_infrastructure, sector, mode; may "
            "be repeated")
        ->type_name("KEY=VALUE");
    AddList(app, "--evidence", args_.evidence,
            "Own evidence, YAML; takes part in this answer only; may be "
            "repeated")
        ->type_name("FILE");
    AddDay(app, "--on", args_.day,
           "Day that lists, licences and certificates are asked about "
           "[default: --as-of]");
  }

  CLI::Option* AddBoard(CLI::App* app, const std::string& help) {
    auto* board = app->add_option("--board", args_.board, help);
    app->add_option("--category", args_.category, "Category of the board")
        ->needs(board);
    app->add_option("--method", args_.method, "Method of the board")
        ->needs(board);
    return board;
  }

  void AddDimension(CLI::App* app, const std::string& flag,
                    const std::string& help) {
    AddWord(app, flag, args_.dimension,
            {"VENDOR", "COUNTRY", "OPERATOR", "LICENCE_LAW"}, help)
        ->required();
  }

  void AddVerdicts();
  void AddOverTime();
  void AddMeasures();
  void AddConcentration();
  void AddComparisons();
  void AddStored();
  void AddDecisions();

  CLI::App* const policy_;
  Args& args_;
  const CommandAdder& adder_;
};

void PolicyCommands::AddVerdicts() {
  CLI::App* evaluate = Add("evaluate", CommandId::kPolicyEvaluate);
  AddFile(evaluate);
  AddBoard(evaluate, "Judge this board's models, best first");
  AddList(evaluate, "--model", args_.models,
          "Judge this model; may be repeated");
  evaluate
      ->add_option("--filter", args_.filter,
                   "Only models for which this is not false")
      ->type_name("EXPR");
  AddWord(evaluate, "--verdict", args_.verdict,
          {"ADMISSIBLE", "EXCLUDED", "UNDETERMINED"},
          "Show only admissible, excluded or undetermined");
  AddQuestion(evaluate);
  adder_.add_limit(evaluate, 100);

  CLI::App* check = Add("check", CommandId::kPolicyCheck);
  AddFile(check);
  AddQuestion(check);
  for (const auto& [name, id] :
       {std::pair{"admit", CommandId::kPolicyAdmit},
        std::pair{"explain", CommandId::kPolicyExplain}}) {
    CLI::App* app = Add(name, id);
    AddFile(app);
    AddModel(app);
    AddQuestion(app);
  }
  CLI::App* missing = Add("missing", CommandId::kPolicyMissing);
  AddFile(missing);
  AddBoard(missing, "Rank by what knowing a fact could unlock on this board");
  AddQuestion(missing);
  adder_.add_limit(missing, 20);
}

void PolicyCommands::AddOverTime() {
  CLI::App* timeline = Add("timeline", CommandId::kPolicyTimeline);
  AddFile(timeline);
  AddModel(timeline);
  AddDay(timeline, "--from", args_.from, "First day")->required();
  AddDay(timeline, "--to", args_.to, "Last day [default: --as-of]");
  AddQuestion(timeline);

  CLI::App* watch = Add("watch", CommandId::kPolicyWatch);
  AddFile(watch);
  AddList(watch, "--model", args_.models,
          "Only this model; may be repeated [default: all]");
  watch
      ->add_option("--for", args_.watch_seconds,
                   "Stop after so many seconds [default: never]")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber.description(""));
  AddQuestion(watch);
}

void PolicyCommands::AddMeasures() {
  CLI::App* best = Add("best", CommandId::kPolicyBest);
  AddFile(best);
  auto* task = AddList(best, "--task", args_.tasks,
                       "Task and the board that measures it; may be repeated "
                       "[default: the policy's objectives]")
                   ->type_name("TASK=BOARD[:CATEGORY[:METHOD]]");
  AddBoard(best, "One task, measured by this board")->excludes(task);
  best->add_option("--runners-up", args_.runners_up,
                   "How many runners-up [default: 5]");
  AddQuestion(best);

  CLI::App* cost = Add("cost", CommandId::kPolicyCost);
  AddFile(cost);
  AddBoard(cost, "Board that measures [default: the first objective]");
  auto* from = AddMonth(cost, "--from", args_.from,
                        "First month: one point a month from there");
  AddMonth(cost, "--to", args_.to, "Last month [default: that of --as-of]")
      ->needs(from);
  AddQuestion(cost);
}

void PolicyCommands::AddConcentration() {
  CLI::App* concentration =
      Add("concentration", CommandId::kPolicyConcentration);
  AddFile(concentration, false);
  AddDimension(concentration, "--over",
               "vendor, country, operator or licence_law");
  concentration->add_option("--measure", args_.measure,
                            "Usage that weighs models, e.g. downloads_30_days "
                            "[default: each counts 1]");
  AddBoard(concentration, "Only the models of this board's newest snapshot");
  AddQuestion(concentration);
  adder_.add_limit(concentration, 10);

  CLI::App* cutoff = Add("cutoff", CommandId::kPolicyCutoff);
  AddFile(cutoff);
  AddDimension(cutoff, "--of", "vendor, country, operator or licence_law");
  cutoff->add_option("--value", args_.value,
                     "Which one [default: each in turn, and the worst pair]");
  auto* how = AddWord(
      cutoff, "--how", args_.mechanism,
      {"API_LOST", "NEW_RELEASES_STOP", "LICENCE_REVOKED", "ALL"},
      "api_lost, new_releases_stop, licence_revoked or all [default: all]");
  AddDay(cutoff, "--stops-at", args_.to,
         "With new_releases_stop: the day [default: --as-of]")
      ->needs(how);
  AddBoard(cutoff, "Board that measures [default: the policy's objectives]");
  AddQuestion(cutoff);
}

void PolicyCommands::AddComparisons() {
  CLI::App* diff = Add("diff", CommandId::kPolicyDiff);
  diff->add_option("FILE_A", args_.name, "Policy A, as FILE elsewhere")
      ->required();
  diff->add_option("FILE_B", args_.other, "Policy B")->required();
  AddBoard(diff, "Board that measures what each costs");
  AddQuestion(diff);
  adder_.add_limit(diff, 100);

  CLI::App* analyze = Add("analyze", CommandId::kPolicyAnalyze);
  AddFile(analyze);
  AddQuestion(analyze);

  Add("test", CommandId::kPolicyTest)
      ->add_option("SUITE", args_.names,
                   "Suites of expectations, YAML; the policies that they name "
                   "stand beside them")
      ->required();
}

void PolicyCommands::AddStored() { Add("list", CommandId::kPolicyList); }

void PolicyCommands::AddDecisions() {
  CLI::App* decide = Add("decide", CommandId::kPolicyDecide);
  AddFile(decide);
  AddModel(decide);
  decide->add_option("--approver", args_.approver, "Who decides")->required();
  decide->add_option("--reason", args_.reason, "Why")->required();
  auto* approve = decide->add_flag(
      "--approve", args_.approve,
      "It may be used [default: when the verdict is admissible]");
  decide
      ->add_flag("--reject", args_.reject,
                 "It must not be used [default: when it is excluded]")
      ->excludes(approve);
  decide
      ->add_flag("--override", args_.override_verdict,
                 "With --approve: although the policy excludes it")
      ->needs(approve);
  AddQuestion(decide);

  CLI::App* decisions = Add("decisions", CommandId::kPolicyDecisions);
  decisions->add_option("--policy", args_.policy, "Only by this policy's id");
  decisions->add_option("--model", args_.model, "Only about this model");
  adder_.add_limit(decisions, 100);
  Add("dossier", CommandId::kPolicyDossier)
      ->add_option("ID", args_.name, "Decision; at least 8 digits of its id")
      ->required();
  CLI::App* recheck = Add("recheck", CommandId::kPolicyRecheck);
  recheck->add_option("--policy", args_.policy, "Only by this policy's id");
  recheck->add_option("--model", args_.model, "Only about this model");
  adder_.add_limit(recheck, 0);
}

}  // namespace

void AddPolicyCommands(CLI::App* policy, Args& args,
                       const CommandAdder& adder) {
  PolicyCommands(policy, args, adder).AddAll();
}

}  // namespace meridian::cli
