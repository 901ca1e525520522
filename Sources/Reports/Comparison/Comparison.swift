/// Several studies side by side: a curve for each strategy of each study.
package struct Comparison: Sendable {
  /// One strategy of one study, over its sparsities.
  package struct Curve: Sendable {
    /// The study's name, and the strategy's where the study has several.
    package let label: String
    package let study: StudyResults
    package let strategy: String
    /// The replicates by sparsity, ascending; only those with a finished run.
    package let groups: [RunGroup]
  }

  package let studies: [StudyResults]
  /// What tells the studies apart: their names, or their folders where names are the same.
  package let names: [String]
  /// In the order of the studies.
  package let curves: [Curve]

  package init(_ studies: [StudyResults]) {
    self.studies = studies
    let names = Self.names(of: studies)
    self.names = names
    curves = zip(studies, names).flatMap { study, name in
      study.strategies.map { strategy in
        Curve(
          label: study.strategies.count > 1 ? "\(name), \(strategy)" : name, study: study, strategy: strategy,
          groups: study.groups(of: strategy).filter { !$0.finished.isEmpty })
      }
    }
  }

  private static func names(of studies: [StudyResults]) -> [String] {
    let choices: [(StudyResults) -> String] = [\.name, \.folder.lastPathComponent, \.folder.relativePath]
    let sets = choices.map { studies.map($0) }
    return sets.first { Set($0).count == studies.count } ?? sets[sets.count - 1]
  }
}
