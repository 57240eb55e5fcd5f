#include "cli/parse.h"

#include <CLI/CLI.hpp>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands_help.h"
#include "cli/group_arg.h"
#include "cli/parse_policy.h"
#include "common/base/dates.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::cli {
namespace {

absl::Status BadUsage(absl::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_USAGE", message);
}

std::string DayProblem(const std::string& text) {
  return ParseDay(text).ok() ? "" : "'" + text + "' is not a date YYYY-MM-DD";
}

std::string MonthProblem(const std::string& text) {
  return ParseMonth(text).ok() ? "" : "'" + text + "' is not a month YYYY-MM";
}

// The program's commands as CLI11 knows them, and where their values go.
class Parser {
 public:
  Parser();
  absl::StatusOr<Parsed> Run(const std::vector<std::string>& words);

 private:
  CLI::App* Group(const std::string& name, const std::string& purpose);
  CLI::App* Add(CLI::App* parent, const std::string& name, CommandId id);
  void AddGlobals();
  void AddSourceCommands();
  void AddCatalogCommands();
  void AddReports();
  void AddComparisons();
  void AddPolicyCommands();
  void AddFilter(CLI::App* app);
  void AddLimit(CLI::App* app, uint32_t fallback);
  void AddSlice(CLI::App* app);
  void AddList(CLI::App* app, const std::string& flag,
               std::vector<std::string>& list, const std::string& help);
  // The error for a word that no command or flag is.
  absl::Status Unexpected(const std::string& word);
  absl::Status Mistake(const CLI::ParseError& error);

  CLI::App app_{
      "Who leads in AI models, by how much and since when; what a "
      "policy allows, and why.",
      "meridian"};
  std::map<CLI::App*, CommandId> commands_;
  std::map<CLI::App*, uint32_t> limits_;
  Invocation invocation_;
  std::string format_ = "table";
  std::optional<uint32_t> limit_;
  std::vector<std::string> groups_;
  std::string a_;
  std::string b_;
};

Parser::Parser() {
  app_.require_subcommand(1);
  app_.set_version_flag("--version",
                        std::string("meridian ") + MERIDIAN_VERSION);
  app_.footer(kProgramFooter);
  AddGlobals();
  AddSourceCommands();
  AddCatalogCommands();
  AddReports();
  AddComparisons();
  AddPolicyCommands();
}

void Parser::AddGlobals() {
  Globals& g = invocation_.globals;
  app_.add_option("--ingest", g.ingest, "Address of the ingest service")
      ->envname("MERIDIAN_INGEST")
      ->capture_default_str();
  app_.add_option("--analysis", g.analysis, "Address of the analysis service")
      ->envname("MERIDIAN_ANALYSIS")
      ->capture_default_str();
  app_.add_option("--format", format_,
                  "table, json, csv or markdown (md) [default: table]")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json", "csv", "markdown", "md"})
                  .description(""));
  app_.add_option("--as-of", g.as_of,
                  "Ask as of the end of this day, UTC [default: today]")
      ->type_name("YYYY-MM-DD")
      ->check(CLI::Validator(DayProblem, ""));
  app_.add_option("--at-seq", g.at_seq,
                  "Answer from this state of the log [default: newest]");
  app_.add_option("--at-least-seq", g.at_least_seq,
                  "Wait until the catalog holds this seq [default: no wait]");
  app_.add_option("--country-rule", g.country_rule,
                  "controller_hq, hq, incorporation or stated "
                  "[default: controller_hq]")
      ->check(CLI::IsMember({"controller_hq", "hq", "incorporation", "stated"})
                  .description(""));
  app_.add_flag("--cite", g.cite, "Say for each figure where it stands");
  app_.add_option("--timeout", g.timeout_seconds,
                  "Longest wait for an answer, in seconds")
      ->check(CLI::PositiveNumber.description(""))
      ->capture_default_str();
  app_.add_flag("--no-color", g.no_color,
                "No colours on a terminal (NO_COLOR does the same)");
}

CLI::App* Parser::Group(const std::string& name, const std::string& purpose) {
  CLI::App* group = app_.add_subcommand(name, purpose);
  group->require_subcommand(1)->fallthrough();
  return group;
}

CLI::App* Parser::Add(CLI::App* parent, const std::string& name, CommandId id) {
  const CommandHelp& help = HelpOf(id);
  CLI::App* command = parent->add_subcommand(name, help.purpose);
  command->fallthrough();
  command->footer(absl::StrCat("Example:\n  $ ", help.example,
                               "\n\nExit codes:\n", help.exit_codes,
                               "\nFlags of every command: meridian -h"));
  commands_[command] = id;
  return command;
}

void Parser::AddList(CLI::App* app, const std::string& flag,
                     std::vector<std::string>& list, const std::string& help) {
  app->add_option(flag, list, help)->allow_extra_args(false);
}

void Parser::AddFilter(CLI::App* app) {
  app->add_option("--filter", invocation_.args.filter,
                  "Only models for which this expression is true")
      ->type_name("EXPR");
}

void Parser::AddLimit(CLI::App* app, uint32_t fallback) {
  limits_[app] = fallback;
  app->add_option(
         "--limit", limit_,
         absl::StrCat("Most rows, 0 for all [default: ", fallback, "]"))
      ->type_name("N");
}

void Parser::AddSlice(CLI::App* app) {
  app->add_option("--category", invocation_.args.category,
                  "Category [default: the board's own]");
  app->add_option("--method", invocation_.args.method,
                  "Method; needed when the board has several");
}

void Parser::AddSourceCommands() {
  Args& args = invocation_.args;
  Add(&app_, "status", CommandId::kStatus);
  CLI::App* evidence = Add(&app_, "evidence", CommandId::kEvidence);
  evidence->add_option("ID", args.name, "Evidence id")->required();
  auto* open = evidence->add_flag("--open", args.open,
                                  "Write the whole document, nothing else");
  evidence
      ->add_option("--context", args.context_lines,
                   "Lines before and after the record")
      ->check(CLI::Range(0, 50).description(""))
      ->capture_default_str()
      ->excludes(open);

  CLI::App* sources = Group("sources", "Sources and their runs");
  AddLimit(Add(sources, "list", CommandId::kSourcesList), 100);
  Add(sources, "show", CommandId::kSourcesShow)
      ->add_option("ID", args.name, "Source")
      ->required();
  Add(sources, "check", CommandId::kSourcesCheck)
      ->add_option("ID", args.name, "Source")
      ->required();
  CLI::App* preview = Add(sources, "preview", CommandId::kSourcesPreview);
  CLI::App* plan = Add(sources, "plan", CommandId::kSourcesPlan);
  for (CLI::App* dry : {preview, plan}) {
    dry->add_option("ID", args.name, "Source")->required();
    dry->add_option("--reread", args.reread,
                    "Read what an earlier run was given, instead of "
                    "fetching: its id, or last")
        ->type_name("RUN");
  }
  AddLimit(preview, 20);
  CLI::App* run = Add(sources, "run", CommandId::kSourcesRun);
  auto* ids = run->add_option("ID", args.names, "Sources");
  run->add_flag("--all", args.all, "Every source, in the order of the list")
      ->excludes(ids);
  run->add_flag("--wait", args.wait,
                "Wait until the analysis service holds what was committed");
  run->add_flag("--strict", args.strict,
                "Fail the run when any record is rejected");
  run->add_option("--reread", args.reread,
                  "Read again what an earlier run was given, instead of "
                  "fetching: its id, or last")
      ->type_name("RUN");
  CLI::App* approve = Add(sources, "approve", CommandId::kSourcesApprove);
  approve->add_option("ID", args.name, "Source")->required();
  approve->add_option("--digest", args.digest,
                      "Only the snapshot whose digest begins so "
                      "[default: all that are held]");
  approve->add_flag("--discard", args.discard, "Forget them instead");

  CLI::App* runs = Group("runs", "Runs of sources");
  CLI::App* list = Add(runs, "list", CommandId::kRunsList);
  list->add_option("--source", args.source, "Only runs of this source");
  AddLimit(list, 100);
  Add(runs, "show", CommandId::kRunsShow)
      ->add_option("ID", args.name, "Run")
      ->required();
  Add(runs, "cancel", CommandId::kRunsCancel)
      ->add_option("ID", args.name, "Run")
      ->required();

  CLI::App* rejects = Group("rejected", "Records that were rejected");
  CLI::App* retry = Add(rejects, "retry", CommandId::kRejectedRetry);
  retry->add_option("ID", args.name, "Source")->required();
  CLI::App* rejected = Add(rejects, "list", CommandId::kRejectedList);
  rejected->add_option("--source", args.source, "Only of this source");
  rejected->add_option("--run", args.run, "Only of this run");
  AddLimit(rejected, 100);
  CLI::App* snapshots = Add(Group("snapshots", "Committed snapshots"), "list",
                            CommandId::kSnapshotsList);
  snapshots->add_option("--source", args.source, "Only of this source");
  snapshots->add_flag("--held", args.held,
                      "Those that wait for 'sources approve'");
  AddLimit(snapshots, 100);
}

void Parser::AddCatalogCommands() {
  Args& args = invocation_.args;
  Add(&app_, "fields", CommandId::kFields)
      ->add_option("ENTITY", args.name, "model or licence [default: all]");
  CLI::App* expr = Add(&app_, "expr", CommandId::kExpr);
  expr->add_option("EXPR", args.name,
                   "Expression; - reads it from the standard input")
      ->required();
  AddList(expr, "--model", args.models, "Model to ask about, by any name");
  CLI::App* names = Add(Group("names", "Names of models in documents"),
                        "unresolved", CommandId::kNamesUnresolved);
  names->add_option("--source", args.source, "Only of this source");
  names->add_flag("--by-impact", args.by_impact,
                  "Those first that stand highest on a board");
  AddLimit(names, 20);
  AddLimit(Add(Group("boards", "Boards"), "list", CommandId::kBoardsList), 100);

  CLI::App* models = Group("models", "Models");
  CLI::App* list = Add(models, "list", CommandId::kModelsList);
  AddFilter(list);
  AddLimit(list, 100);
  Add(models, "show", CommandId::kModelsShow)
      ->add_option("NAME", args.name, "Any name of the model")
      ->required();
  AddLimit(Add(Group("organizations", "Organisations"), "list",
               CommandId::kOrganizationsList),
           100);
  CLI::App* offerings = Add(Group("offerings", "Offerings of models"), "list",
                            CommandId::kOfferingsList);
  AddFilter(offerings);
  AddLimit(offerings, 100);
}

void Parser::AddReports() {
  Args& args = invocation_.args;
  CLI::App* indicators = Add(&app_, "indicators", CommandId::kIndicators);
  indicators->add_option("NAME", args.name,
                         "Name; a trailing * matches any ending");
  AddList(indicators, "--area", args.areas, "Area; may be repeated");
  AddList(indicators, "--edition", args.editions, "Edition; may be repeated");
  indicators->add_option("--period", args.period, "Period, e.g. 2025-02");
  AddLimit(indicators, 100);
  CLI::App* ratio = Add(&app_, "ratio", CommandId::kRatio);
  for (const auto& [flag, list, help] :
       {std::tuple{"--of", &args.of, "Figure of the numerator"},
        std::tuple{"--over", &args.over, "Figure of the denominator"}}) {
    ratio->add_option(flag, *list, absl::StrCat(help, "; several are added"))
        ->type_name("NAME:AREA[:PERIOD[:EDITION]]")
        ->allow_extra_args(false)
        ->required();
  }
}

void Parser::AddComparisons() {
  Args& args = invocation_.args;
  CLI::App* board = Add(&app_, "leaderboard", CommandId::kLeaderboard);
  board->add_option("BOARD", args.board, "Board")->required();
  AddSlice(board);
  AddFilter(board);
  AddLimit(board, 20);
  board->add_option("--min-votes", args.min_votes,
                    "Leave out figures with fewer votes");

  CLI::App* gap = Add(&app_, "gap", CommandId::kGap);
  gap->add_option("BOARD", args.board, "Board")->required();
  auto* group = gap->add_option("--group", groups_,
                                "NAME=EXPR or a named group; two or more "
                                "[default: " MERIDIAN_DEFAULT_GROUPS "]")
                    ->allow_extra_args(false);
  auto* a = gap->add_option("--a", a_, "First group: NAME, EXPR or NAME=EXPR")
                ->excludes(group);
  auto* b = gap->add_option("--b", b_, "Second group")->excludes(group);
  a->needs(b);
  b->needs(a);
  AddSlice(gap);
  const CLI::Validator month(MonthProblem, "");
  auto* from = gap->add_option("--from", args.from,
                               "First month: one point a month from there")
                   ->type_name("YYYY-MM")
                   ->check(month);
  gap->add_option("--to", args.to, "Last month [default: that of --as-of]")
      ->type_name("YYYY-MM")
      ->check(month)
      ->needs(from);
  gap->add_option("--bucket", args.bucket,
                  "Which snapshot stands for a month: last, first or max (the "
                  "widest gap of the first two groups), the mean, or all")
      ->check(CLI::IsMember({"last", "first", "max", "mean", "all"})
                  .description(""))
      ->capture_default_str();
  gap->add_option("--history", args.history,
                  "Which knowledge is used: contemporary, each month from a "
                  "snapshot published inside it; revised, the newest snapshot "
                  "with the models that had entered by then")
      ->check(CLI::IsMember({"contemporary", "revised"}).description(""))
      ->capture_default_str();
  gap->add_option("--entrants", args.entrants,
                  "With revised, when a model enters: listed or released "
                  "[default: listed]")
      ->check(CLI::IsMember({"listed", "released"}).description(""));
  gap->add_option("--on", args.day,
                  "With revised and without --from: the day by which models "
                  "must have entered [default: --as-of]")
      ->type_name("YYYY-MM-DD")
      ->excludes(from);
  gap->add_option("--draws", args.draws,
                  "Draws of the simulation of a single point "
                  "[default: 10000]");
  gap->add_option("--seed", args.seed, "Seed of the simulation [default: 1]");
  gap->add_option("--min-votes", args.min_votes,
                  "Leave out figures with fewer votes");

  CLI::App* lag = Add(&app_, "lag", CommandId::kLag);
  lag->add_option("BOARD", args.board, "Board")->required();
  lag->add_option("--ahead", a_, "Group that is reached: NAME or NAME=EXPR")
      ->required();
  lag->add_option("--behind", b_, "Group whose lag is asked for")->required();
  AddSlice(lag);
  lag->add_option("--records", args.records,
                  "Which models of the group behind count: best, the best of "
                  "each release day, or every, also one that was beaten on its "
                  "day [default: best]")
      ->check(CLI::IsMember({"best", "every"}).description(""));
  lag->add_option("--since", args.day, "Only records released from this day on")
      ->type_name("YYYY-MM-DD");
}

void Parser::AddPolicyCommands() {
  cli::AddPolicyCommands(
      Group("policy", "Policies: what may be used, and why"), invocation_.args,
      {[this](CLI::App* parent, const std::string& name, CommandId id) {
         return Add(parent, name, id);
       },
       [this](CLI::App* app, uint32_t fallback) { AddLimit(app, fallback); }});
}

// The deepest command that was named, for help and suggestions.
CLI::App* Deepest(CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().back();
  return app;
}

absl::Status Parser::Unexpected(const std::string& word) {
  const CLI::App* deepest = Deepest(&app_);
  std::vector<std::string> known;
  for (const CLI::App* app : {deepest, static_cast<const CLI::App*>(&app_)}) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        known.push_back("--" + name);
      }
    }
  }
  for (const CLI::App* sub : deepest->get_subcommands(nullptr)) {
    known.push_back(sub->get_name());
  }
  return BadUsage(
      absl::StrCat("'", word, "' was not expected",
                   DidYouMean(word.substr(0, word.find('=')), known)));
}

absl::Status Parser::Mistake(const CLI::ParseError& error) {
  const std::vector<std::string> unexpected = app_.remaining(true);
  if (!unexpected.empty()) return Unexpected(unexpected.front());
  if (commands_.count(Deepest(&app_)) > 0) return BadUsage(error.what());
  std::vector<std::string> names;
  for (const CLI::App* sub : Deepest(&app_)->get_subcommands(nullptr)) {
    names.push_back(sub->get_name());
  }
  return BadUsage(absl::StrCat("a command is missing: one of ",
                               absl::StrJoin(names, ", ")));
}

absl::StatusOr<Parsed> Parser::Run(const std::vector<std::string>& words) {
  Parsed parsed;
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app_.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    parsed.text = app_.help();
    return parsed;
  } catch (const CLI::CallForVersion& version) {
    parsed.text = std::string(version.what()) + "\n";
    return parsed;
  } catch (const CLI::ParseError& error) {
    return Mistake(error);
  }
  CLI::App* chosen = Deepest(&app_);
  invocation_.command = commands_.at(chosen);
  static const std::map<std::string, Format> formats = {
      {"table", Format::kTable},
      {"json", Format::kJson},
      {"csv", Format::kCsv},
      {"markdown", Format::kMarkdown},
      {"md", Format::kMarkdown}};
  invocation_.globals.format = formats.at(format_);
  if (const auto it = limits_.find(chosen); it != limits_.end()) {
    invocation_.args.limit = limit_.value_or(it->second);
  }
  if (invocation_.command == CommandId::kGap ||
      invocation_.command == CommandId::kLag) {
    ASSIGN_OR_RETURN(invocation_.args.groups, GroupsToCompare(groups_, a_, b_));
  }
  if (invocation_.command == CommandId::kSourcesRun &&
      invocation_.args.names.empty() && !invocation_.args.all) {
    return BadUsage("which source? give an ID or --all");
  }
  parsed.invocation = invocation_;
  return parsed;
}

}  // namespace

absl::StatusOr<Parsed> Parse(const std::vector<std::string>& words) {
  return Parser().Run(words);
}

}  // namespace meridian::cli
