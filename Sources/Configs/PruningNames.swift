import GraphExec
import Pruning

/// A criterion by the name that a config gives it.
package struct CriterionName: ConfigName {
  package let rawValue: String
  /// What has this name.
  package var kind: any Criterion.Type { Criteria.all.first { $0.name == rawValue } ?? Criteria.all[0] }

  package init?(rawValue: String) {
    guard Criteria.all.contains(where: { $0.name == rawValue }) else { return nil }
    self.rawValue = rawValue
  }

  private init(_ kind: any Criterion.Type) { rawValue = kind.name }

  package static let allCases = Criteria.all.map { CriterionName($0) }
  /// What a config means that names none.
  package static let standard = allCases[0]
}

/// A scope by the name that a config gives it.
package struct ScopeName: ConfigName {
  package let rawValue: String
  /// What has this name.
  package var kind: any Scope.Type { Scopes.all.first { $0.name == rawValue } ?? Scopes.all[0] }

  package init?(rawValue: String) {
    guard Scopes.all.contains(where: { $0.name == rawValue }) else { return nil }
    self.rawValue = rawValue
  }

  private init(_ kind: any Scope.Type) { rawValue = kind.name }

  package static let allCases = Scopes.all.map { ScopeName($0) }
  /// What a config means that names none.
  package static let standard = allCases[0]
}
