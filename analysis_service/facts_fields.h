// How each field is read from a Model record. Used by facts.cc.
#ifndef ANALYSIS_SERVICE_FACTS_FIELDS_H_
#define ANALYSIS_SERVICE_FACTS_FIELDS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis_service/facts_licence.h"
#include "analysis_service/statements.h"
#include "meridian/v1/record.pb.h"

namespace meridian::analysis {

// Puts what a record says of a field into the statement; false: nothing.
using ReadField =
    std::function<bool(const v1::Model&, const Segment&, Statement*)>;

// One field that documents state.
struct StatedField {
  std::string note;        // field of v1.Model that a note may be about
  std::string precedence;  // field of the Precedence record that decides
  bool is_state = false;
  ReadField read;
};

// Every stated field by its name without "model."; "countries" is what
// documents say (country rule `stated`). Arguments must outlive the map.
std::map<std::string, StatedField> StatedFields(const Catalog& catalog,
                                                const LicenceTable& licences);

// What a record says of a field, its notes included. Nothing: it is silent.
std::optional<Statement> ReadStatement(const Catalog& catalog,
                                       const EvidenceRef& ref,
                                       const StatedField& field);

StringList SortedList(std::vector<std::string> items, bool complete);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_FIELDS_H_
