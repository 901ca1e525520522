import GraphExec

/// The device a result was measured on.
package struct BenchDevice: Sendable, Encodable {
  package let name: String
  package let backend: String
  package let version: String
  package let computeUnits: Int
}

extension BenchDevice {
  init(_ summary: BackendSummary) {
    self.init(
      name: summary.name, backend: summary.backend, version: summary.version,
      computeUnits: summary.computeUnits)
  }
}
