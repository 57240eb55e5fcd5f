// In place of fact_solver_z3.cc where the program is built without Z3.
#include "analysis_service/fact_solver.h"

namespace meridian::analysis {

bool HasZ3() { return false; }

Solution SolveWithZ3(const FactSpace&, const std::vector<Demand>&,
                     const std::vector<int>&, uint32_t) {
  // Not called where HasZ3() is false.
  Solution solution;
  solution.because = "this service is built without Z3";
  return solution;
}

}  // namespace meridian::analysis
