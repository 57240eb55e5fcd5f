// `meridian sources ...`
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "cli/analysis_client.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/ingest_client.h"
#include "cli/paging.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

absl::StatusOr<v1::ListSourcesResponse> AllSources(IngestClient& client,
                                                   uint32_t limit) {
  return ListAll(client, v1::ListSourcesRequest(), limit,
                 [](const auto& answer) { return answer.sources_size(); });
}

absl::StatusOr<int> List(IngestClient& client, const Invocation& invocation,
                         const Output& output) {
  ASSIGN_OR_RETURN(const auto answer,
                   AllSources(client, invocation.args.limit));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Table table({{"source"},
               {"plugin"},
               {"publisher"},
               {"last run"},
               {"when"},
               {"records", Align::kRight},
               {"title"}});
  for (const v1::Source& source : answer.sources()) {
    std::vector<Cell> row = {Text(source.id()), Text(source.plugin()),
                             TextOrUnknown(source.publisher())};
    if (source.has_last_run()) {
      const v1::Run& run = source.last_run();
      row.push_back(Text(EnumWord(run.state()), RunColor(run.state())));
      row.push_back(Text(run.started_at()));
      row.push_back(Count(run.records_read()));
    } else {
      row.push_back(Text("never"));
      row.resize(6);
    }
    row.push_back(Text(source.title()));
    table.Add(std::move(row));
  }
  table.Print(output);
  PrintMore(output, answer.next_page_token());
  return kExitOk;
}

absl::StatusOr<int> Show(IngestClient& client, const Invocation& invocation,
                         const Output& output) {
  v1::GetSourceRequest request;
  request.set_source(invocation.args.name);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  const v1::Source& source = answer.source();
  const auto known = [](const std::string& text) {
    return text.empty() ? std::string(kUnknown) : text;
  };
  Pairs pairs = {{"source", source.id()},
                 {"title", known(source.title())},
                 {"plugin", source.plugin()},
                 {"publisher", known(source.publisher())},
                 {"data licence", known(source.data_licence())},
                 {"configured at", known(source.configured_at())},
                 {"config", known(source.config_json())}};
  for (const std::string& document : source.documents()) {
    pairs.emplace_back("document", document);
  }
  if (!source.next_run_at().empty()) {
    pairs.emplace_back(
        "schedule", absl::StrCat("every ",
                                 absl::FormatDuration(
                                     absl::Seconds(source.schedule_seconds())),
                                 ", next at ", source.next_run_at()));
  }
  pairs.emplace_back(
      "last run", source.has_last_run() ? RunLine(source.last_run()) : "never");
  if (source.has_last_observation()) {
    const v1::Observation& seen = source.last_observation();
    pairs.emplace_back(
        "last look",
        absl::StrCat(EnumWord(seen.kind()), " at ", seen.at(),
                     seen.message().empty() ? "" : ": ", seen.message()));
  }
  if (output.format == Format::kCsv) {
    Table table({{"name"}, {"value"}});
    for (const auto& [name, value] : pairs) {
      table.Add({Text(name), Text(value)});
    }
    table.Print(output);
  } else {
    PrintPairs(output, pairs);
  }
  return kExitOk;
}

std::string PlaceOf(const v1::Problem& problem) {
  std::string place = problem.file();
  if (problem.has_line()) absl::StrAppend(&place, ":", problem.line());
  if (problem.has_column()) absl::StrAppend(&place, ":", problem.column());
  return place;
}

absl::StatusOr<int> Check(IngestClient& client, const Invocation& invocation,
                          const Output& output) {
  v1::CheckSourceRequest request;
  request.set_source(invocation.args.name);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  const int exit = answer.problems_size() == 0 ? kExitOk : kExitNo;
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return exit;
  }
  if (output.format != Format::kCsv) {
    Table checks({{"check"}, {"outcome"}, {"found"}});
    for (const v1::SourceCheck& check : answer.checks()) {
      checks.Add({Text(check.name()), Text(EnumWord(check.outcome())),
                  Text(check.message())});
    }
    if (!checks.empty()) checks.Print(output);
  }
  Table table({{"place"}, {"path"}, {"problem"}, {"fix"}});
  for (const v1::Problem& problem : answer.problems()) {
    table.Add({Text(PlaceOf(problem)), Text(problem.path()),
               Text(problem.message()), Text(problem.fix())});
  }
  if (output.format == Format::kCsv || !table.empty()) table.Print(output);
  if (output.format == Format::kCsv) return exit;
  output.out << Printable(invocation.args.name) << ": "
             << (exit == kExitOk
                     ? Paint(output, Color::kGreen, "ok")
                     : Paint(output, Color::kRed,
                             absl::StrCat(answer.problems_size(),
                                          answer.problems_size() == 1
                                              ? " problem"
                                              : " problems")))
             << ", plugin " << Printable(answer.plugin().id()) << " "
             << Printable(answer.plugin().version()) << ", "
             << answer.documents_size() << " documents\n";
  return exit;
}

// What became of the run of one source.
struct Ran {
  bool succeeded = false;
  uint64_t seq = 0;
};

absl::StatusOr<Ran> RunOne(IngestClient& client, const std::string& source,
                           const Args& args, const Output& output) {
  v1::RunSourceRequest request;
  request.set_source(source);
  request.set_strict(args.strict);
  request.set_reread(args.reread);
  RunProgressPrinter printer(source, output);
  absl::Status printed;
  v1::Run ended;
  RETURN_IF_ERROR(client.Run(request, [&](const v1::RunSourceResponse& event) {
    if (output.format == Format::kJson) {
      printed.Update(PrintJson(event, output));
    } else {
      printer.Handle(event);
    }
    if (event.has_ended()) ended = event.ended();
  }));
  RETURN_IF_ERROR(printed);
  if (ended.id().empty()) {
    return MakeError(absl::StatusCode::kUnavailable, "STREAM_ENDED",
                     absl::StrCat("the ingest service stopped telling about "
                                  "the run of '",
                                  source,
                                  "' before it ended; "
                                  "see 'meridian runs list --source ",
                                  source, "'"));
  }
  return Ran{ended.state() == v1::RUN_STATE_SUCCEEDED, ended.seq()};
}

absl::Status WaitFor(uint64_t seq, const Invocation& invocation,
                     const Output& output) {
  const Globals& globals = invocation.globals;
  v1::GetAnalysisStatusRequest request;
  request.set_at_least_seq(seq);
  ASSIGN_OR_RETURN(
      const auto status,
      AnalysisClient(globals.analysis, globals.timeout()).Call(request));
  if (output.format == Format::kTable || output.format == Format::kMarkdown) {
    output.out << "the analysis service holds seq " << status.seq() << "\n";
  }
  return absl::OkStatus();
}

// Names that identity could not resolve among the first 20 of a board, with
// their nearest known ones. Nothing when the analysis service does not answer:
// it is asked for what a run adds, not for the run.
std::map<std::pair<std::string, std::string>, v1::UnresolvedName> TopUnresolved(
    const Invocation& invocation) {
  constexpr uint32_t kTop = 20;
  v1::ListUnresolvedNamesRequest request;
  request.set_by_impact(true);
  request.set_page_size(kMaxPage);
  std::map<std::pair<std::string, std::string>, v1::UnresolvedName> names;
  AnalysisClient client(invocation.globals.analysis,
                        invocation.globals.timeout());
  while (true) {
    const auto answer = client.Call(request);
    if (!answer.ok()) return names;
    for (const v1::UnresolvedName& name : answer->names()) {
      // By impact: who stands lower, or on no board, comes later.
      if (!name.has_best_rank() || name.best_rank() > kTop) return names;
      names[{name.source(), name.name()}] = name;
    }
    if (answer->next_page_token().empty()) break;
    request.set_page_token(answer->next_page_token());
  }
  return names;
}

void PrintNewlyUnresolved(const std::map<std::pair<std::string, std::string>,
                                         v1::UnresolvedName>& before,
                          const Invocation& invocation, const Output& output) {
  constexpr int kMostShown = 20;
  int shown = 0;
  for (const auto& [key, name] : TopUnresolved(invocation)) {
    if (before.contains(key)) continue;
    if (++shown > kMostShown) {
      output.out << "... and more: 'names unresolved --by-impact'\n";
      return;
    }
    output.out << "newly unresolved: " << Printable(name.name()) << " (rank "
               << name.best_rank() << " of " << Printable(name.board()) << ")";
    if (name.candidates_size() > 0) {
      output.out << "; nearest: " << Printable(ListText(name.candidates()));
    }
    output.out << "\n";
  }
}

absl::StatusOr<int> Run(IngestClient& client, const Invocation& invocation,
                        const Output& output) {
  std::vector<std::string> ids = invocation.args.names;
  if (invocation.args.all) {
    ASSIGN_OR_RETURN(const auto sources, AllSources(client, 0));
    for (const v1::Source& source : sources.sources()) {
      ids.push_back(source.id());
    }
  }
  const bool for_people =
      output.format == Format::kTable || output.format == Format::kMarkdown;
  const bool look = invocation.args.wait && for_people;
  const auto before =
      look ? TopUnresolved(invocation) : decltype(TopUnresolved(invocation)){};
  bool succeeded = true;
  uint64_t seq = 0;
  for (const std::string& id : ids) {
    const auto ran = RunOne(client, id, invocation.args, output);
    if (!ran.ok()) {
      // One source that cannot be run does not keep the others from it.
      const bool others =
          ids.size() > 1 && ExitCodeOf(ran.status()) != kExitUnreachable;
      if (!others) return ran.status();
      PrintError(ran.status(), output);
      succeeded = false;
      continue;
    }
    succeeded = succeeded && ran->succeeded;
    seq = std::max(seq, ran->seq);
  }
  if (invocation.args.wait && seq > 0) {
    RETURN_IF_ERROR(WaitFor(seq, invocation, output));
    if (look) PrintNewlyUnresolved(before, invocation, output);
  }
  return succeeded ? kExitOk : kExitNo;
}

absl::StatusOr<int> Approve(IngestClient& client, const Invocation& invocation,
                            const Output& output) {
  v1::DecideHeldRequest request;
  request.set_source(invocation.args.name);
  request.set_digest(invocation.args.digest);
  request.set_discard(invocation.args.discard);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  PrintOutcomes(answer.snapshots(), output);
  if (output.format == Format::kCsv) return kExitOk;
  if (invocation.args.discard) {
    output.out << "discarded\n";
  } else {
    output.out << "visible with seq " << answer.seq() << "\n";
  }
  return kExitOk;
}

}  // namespace

absl::StatusOr<int> RunSourceCommand(const Invocation& invocation,
                                     const Output& output) {
  IngestClient client(invocation.globals.ingest, invocation.globals.timeout());
  switch (invocation.command) {
    case CommandId::kSourcesList:
      return List(client, invocation, output);
    case CommandId::kSourcesShow:
      return Show(client, invocation, output);
    case CommandId::kSourcesCheck:
      return Check(client, invocation, output);
    case CommandId::kSourcesApprove:
      return Approve(client, invocation, output);
    default:
      return Run(client, invocation, output);
  }
}

}  // namespace meridian::cli
