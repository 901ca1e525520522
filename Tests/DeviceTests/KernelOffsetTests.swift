import Device
import Testing

/// A row times its stride can pass 2^31: 65,536 units by 65,536 images are allowed.
@Suite struct KernelOffsetTests {
  /// A product with a stride, and the cast before it.
  private static var product: Regex<(Substring, Substring?, Substring, Substring)> {
    /(\(size_t\))?(\w*\([^()]*\)|\w+\[[^\[\]]*\]|[\w.]+) \* (batch|BATCH|ldw|features|operand\.stride)\b/
  }

  @Test("every offset is computed in 64 bits", arguments: KernelSources.names)
  func offsets(file: String) throws {
    let lines = try KernelSources.embedded.text(of: file).split(
      separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let code = String(line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex))
      for match in code.matches(of: Self.product) {
        #expect(match.1 != nil, "\(file), line \(index + 1): \(match.0)")
      }
    }
  }
}
