#include "ingest_service/commit.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::ingest {

absl::StatusOr<v1::Snapshot> ParseSnapshot(absl::string_view data) {
  v1::Snapshot snapshot;
  if (!snapshot.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
    return MakeError(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                     "store: a snapshot row cannot be read; restore a backup");
  }
  return snapshot;
}

absl::Status DeleteStaged(Connection& connection, int64_t staged) {
  {
    ASSIGN_OR_RETURN(
        Statement batches,
        connection.Prepare("DELETE FROM batches WHERE snapshot = ?"));
    RETURN_IF_ERROR(batches.Int(staged).Run());
  }
  ASSIGN_OR_RETURN(
      Statement snapshot,
      connection.Prepare("DELETE FROM snapshots WHERE id = ? AND seq IS NULL"));
  return snapshot.Int(staged).Run();
}

absl::Status Release(Connection& connection, int64_t staged) {
  ASSIGN_OR_RETURN(Statement remove,
                   connection.Prepare("DELETE FROM held WHERE snapshot = ?"));
  return remove.Int(staged).Run();
}

absl::StatusOr<std::vector<RecordLog::Sealed>> SelectHeld(
    Connection& connection, absl::string_view source,
    absl::string_view digest) {
  std::vector<RecordLog::Sealed> held;
  ASSIGN_OR_RETURN(Statement select,
                   connection.Prepare(
                       "SELECT snapshot, data FROM held WHERE "
                       "(?1 = '' OR source = ?1) AND "
                       "substr(digest, 1, length(?2)) = ?2 ORDER BY snapshot"));
  select.Text(source).Text(digest);
  while (true) {
    ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return held;
    RecordLog::Sealed& one = held.emplace_back();
    one.staged = select.IntAt(0);
    ASSIGN_OR_RETURN(one.snapshot, ParseSnapshot(select.TextAt(1)));
  }
}

namespace {

// Digests of the newest `most` revisions, newest first; number and records of
// the newest.
struct Revisions {
  std::vector<std::string> digests;
  uint32_t newest = 0;
  uint64_t records = 0;
};
absl::StatusOr<Revisions> NewestRevisions(Connection& connection,
                                          const v1::Snapshot& snapshot,
                                          size_t most) {
  Revisions revisions;
  ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare("SELECT revision, digest, data FROM snapshots WHERE "
                         "seq IS NOT NULL AND "
                         "source = ? AND stream = ? AND vintage = ? "
                         "ORDER BY revision DESC LIMIT ?"));
  select.Text(snapshot.source())
      .Text(snapshot.stream())
      .Text(snapshot.vintage().date())
      .Int(static_cast<int64_t>(most));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return revisions;
    if (revisions.digests.empty()) {
      revisions.newest = static_cast<uint32_t>(select.IntAt(0));
      ASSIGN_OR_RETURN(const v1::Snapshot newest,
                       ParseSnapshot(select.TextAt(2)));
      revisions.records = newest.count();
    }
    revisions.digests.emplace_back(select.TextAt(1));
  }
}

// Vintage and records of the newest revision of the vintage before one.
struct Before {
  std::string vintage;  // empty: there is none
  uint64_t records = 0;
};
absl::StatusOr<Before> VintageBefore(Connection& connection,
                                     const v1::Snapshot& snapshot) {
  ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare("SELECT vintage, data FROM snapshots WHERE "
                         "seq IS NOT NULL AND source = ? AND stream = ? AND "
                         "vintage < ? ORDER BY vintage DESC, revision DESC "
                         "LIMIT 1"));
  ASSIGN_OR_RETURN(const bool found, select.Text(snapshot.source())
                                         .Text(snapshot.stream())
                                         .Text(snapshot.vintage().date())
                                         .Step());
  if (!found) return Before{};
  ASSIGN_OR_RETURN(const v1::Snapshot before, ParseSnapshot(select.TextAt(1)));
  return Before{std::string(select.TextAt(0)), before.count()};
}

// Whether `sealed` has too few records beside `before`, and why, for people.
bool MustHold(const RecordLog::Sealed& sealed, const Before& before,
              std::string* why) {
  const v1::Snapshot& snapshot = sealed.snapshot;
  const bool is_whole =
      snapshot.coverage().extent() == v1::Coverage::EXTENT_ALL ||
      sealed.was_whole;
  // Nothing in place of something is a mistake until somebody says otherwise.
  const bool is_emptied =
      snapshot.count() == 0 && before.records > 0 &&
      (is_whole || before.vintage == snapshot.vintage().date());
  if (is_emptied) {
    *why = absl::StrCat("it is empty, and that of ", before.vintage, " has ",
                        before.records,
                        " records, which stay; if they are gone, say so with "
                        "'sources approve'");
    return true;
  }
  if (!is_whole || before.vintage.empty() ||
      static_cast<double>(snapshot.count()) >=
          sealed.hold_below * static_cast<double>(before.records)) {
    return false;
  }
  *why = absl::StrCat("it has ", snapshot.count(), " records, ",
                      before.vintage == snapshot.vintage().date()
                          ? "the revision before it"
                          : absl::StrCat("that of ", before.vintage),
                      " has ", before.records,
                      "; less than hold_below = ", sealed.hold_below,
                      " of them, so it waits for 'sources approve'");
  return true;
}

// Keeps a staged snapshot as held, in place of an earlier one of its vintage.
absl::Status Hold(Connection& connection, int64_t staged,
                  const v1::Snapshot& snapshot) {
  const std::string data = snapshot.SerializeAsString();
  ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare("INSERT INTO held(snapshot, source, stream, vintage, "
                         "digest, data) VALUES(?, ?, ?, ?, ?, ?)"));
  return insert.Int(staged)
      .Text(snapshot.source())
      .Text(snapshot.stream())
      .Text(snapshot.vintage().date())
      .Text(snapshot.digest())
      .Blob(data)
      .Run();
}

// Forgets what is held of the snapshot's vintage.
absl::Status ForgetHeld(Connection& connection, const v1::Snapshot& snapshot) {
  std::vector<int64_t> held;
  {
    ASSIGN_OR_RETURN(Statement select,
                     connection.Prepare("SELECT snapshot FROM held WHERE "
                                        "source = ? AND stream = ? AND "
                                        "vintage = ?"));
    select.Text(snapshot.source())
        .Text(snapshot.stream())
        .Text(snapshot.vintage().date());
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) break;
      held.push_back(select.IntAt(0));
    }
  }
  for (const int64_t id : held) {
    RETURN_IF_ERROR(Release(connection, id));
    RETURN_IF_ERROR(DeleteStaged(connection, id));
  }
  return absl::OkStatus();
}

absl::Status MakeVisible(Connection& connection, int64_t staged,
                         const v1::Snapshot& snapshot) {
  const std::string data = snapshot.SerializeAsString();
  ASSIGN_OR_RETURN(
      Statement update,
      connection.Prepare(
          "UPDATE snapshots SET seq = ?, source = ?, stream = ?, vintage = ?,"
          " revision = ?, digest = ?, data = ? WHERE id = ? AND seq IS NULL"));
  return update.Int(static_cast<int64_t>(snapshot.seq()))
      .Text(snapshot.source())
      .Text(snapshot.stream())
      .Text(snapshot.vintage().date())
      .Int(snapshot.revision())
      .Text(snapshot.digest())
      .Blob(data)
      .Int(staged)
      .Run();
}

absl::Status InsertCommit(Connection& connection, uint64_t seq,
                          absl::string_view committed_at) {
  ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare(
          "INSERT INTO commits(seq, committed_at, snapshots, records, "
          "batch_bytes) SELECT ?1, ?2, COUNT(DISTINCT s.id), "
          "COALESCE(SUM(b.count), 0), COALESCE(SUM(LENGTH(b.data)), 0) "
          "FROM snapshots s LEFT JOIN batches b ON b.snapshot = s.id "
          "WHERE s.seq = ?1"));
  return insert.Int(static_cast<int64_t>(seq)).Text(committed_at).Run();
}

}  // namespace

absl::StatusOr<std::vector<v1::SnapshotOutcome>> DecideOutcomes(
    Connection& connection, const std::vector<RecordLog::Sealed>& sealed) {
  std::vector<v1::SnapshotOutcome> outcomes(sealed.size());
  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<Key, std::vector<size_t>> by_vintage;
  std::map<std::pair<std::string, std::string>, Before> decided_before;
  for (size_t i = 0; i < sealed.size(); ++i) {
    const v1::Snapshot& snapshot = sealed[i].snapshot;
    by_vintage[{snapshot.source(), snapshot.stream(),
                snapshot.vintage().date()}]
        .push_back(i);
    outcomes[i].set_stream(snapshot.stream());
    *outcomes[i].mutable_vintage() = snapshot.vintage();
    outcomes[i].set_records(snapshot.count());
    outcomes[i].set_digest(snapshot.digest());
  }
  for (const auto& [key, members] : by_vintage) {
    ASSIGN_OR_RETURN(const Revisions known,
                     NewestRevisions(connection, sealed[members[0]].snapshot,
                                     members.size()));
    // One run may read a vintage more than once (two fetches of a page that
    // states its date). Reading them all again must change nothing.
    bool all_known = known.digests.size() == members.size();
    for (size_t i = 0; all_known && i < members.size(); ++i) {
      all_known = known.digests[members.size() - 1 - i] ==
                  sealed[members[i]].snapshot.digest();
    }
    // The vintage before may come with the same commit: `by_vintage` is
    // ordered, so it has been decided.
    const v1::Snapshot& first = sealed[members[0]].snapshot;
    ASSIGN_OR_RETURN(Before before, VintageBefore(connection, first));
    const auto decided = decided_before.find({first.source(), first.stream()});
    if (decided != decided_before.end() &&
        decided->second.vintage >= before.vintage) {
      before = decided->second;
    }
    if (known.newest > 0) before = {first.vintage().date(), known.records};
    uint32_t revision = known.newest;
    std::string newest = known.digests.empty() ? "" : known.digests.front();
    for (size_t i = 0; i < members.size(); ++i) {
      v1::SnapshotOutcome& outcome = outcomes[members[i]];
      if (all_known) {
        outcome.set_kind(v1::SnapshotOutcome::KIND_UNCHANGED);
        outcome.set_revision(
            static_cast<uint32_t>(revision - (members.size() - 1 - i)));
        continue;
      }
      if (outcome.digest() == newest) {
        outcome.set_kind(v1::SnapshotOutcome::KIND_UNCHANGED);
      } else if (std::string why; MustHold(sealed[members[i]], before, &why)) {
        outcome.set_kind(v1::SnapshotOutcome::KIND_HELD);
        outcome.set_message(why);
        continue;
      } else {
        outcome.set_kind(revision == 0 ? v1::SnapshotOutcome::KIND_ADDED
                                       : v1::SnapshotOutcome::KIND_REVISED);
        ++revision;
        newest = outcome.digest();
        before = {std::get<2>(key), outcome.records()};
      }
      outcome.set_revision(revision);
    }
    if (!before.vintage.empty()) {
      decided_before[{first.source(), first.stream()}] = before;
    }
  }
  return outcomes;
}

absl::StatusOr<RecordLog::Committed> MakeCommit(
    Connection& connection, uint64_t seq,
    std::vector<RecordLog::Sealed>& snapshots, absl::string_view committed_at) {
  RecordLog::Committed committed;
  ASSIGN_OR_RETURN(committed.outcomes, DecideOutcomes(connection, snapshots));
  for (size_t i = 0; i < snapshots.size(); ++i) {
    v1::Snapshot& snapshot = snapshots[i].snapshot;
    const v1::SnapshotOutcome& outcome = committed.outcomes[i];
    if (outcome.kind() == v1::SnapshotOutcome::KIND_UNCHANGED) {
      RETURN_IF_ERROR(DeleteStaged(connection, snapshots[i].staged));
      continue;
    }
    RETURN_IF_ERROR(ForgetHeld(connection, snapshot));
    if (outcome.kind() == v1::SnapshotOutcome::KIND_HELD) {
      RETURN_IF_ERROR(Hold(connection, snapshots[i].staged, snapshot));
      continue;
    }
    committed.seq = seq;
    committed.records += snapshot.count();
    snapshot.set_seq(committed.seq);
    snapshot.set_revision(outcome.revision());
    RETURN_IF_ERROR(MakeVisible(connection, snapshots[i].staged, snapshot));
  }
  if (committed.seq != 0) {
    RETURN_IF_ERROR(InsertCommit(connection, committed.seq, committed_at));
  }
  return committed;
}

}  // namespace meridian::ingest
