import Device
import Foundation
import Testing

/// Protects what tells processors of one name apart: tiles and costs of another one are not taken for this one's.
@Suite struct HostProcessorTests {
  /// What the system says of the first processor, by name.
  private static let lines: [String: String] = {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let pairs = text.split(separator: "\n").map {
      $0.split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { first, _ in first }
  }()

  @Test("maker, family and model are those that the system says; nothing where it says none")
  func model() {
    let told = ["vendor_id", "cpu family", "model"].compactMap { Self.lines[$0] }
    #expect(
      HostProcessor.model == (told.count == 3 ? "\(told[0]), family \(told[1]), model \(told[2])" : ""))
  }
}
