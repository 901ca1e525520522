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

  @Test(
    "maker, family and model are those that the system says",
    .enabled(if: lines["vendor_id"] != nil && lines["cpu family"] != nil && lines["model"] != nil))
  func model() throws {
    let maker = try #require(Self.lines["vendor_id"])
    let family = try #require(Self.lines["cpu family"])
    let number = try #require(Self.lines["model"])
    #expect(HostProcessor.model == "\(maker), family \(family), model \(number)")
  }
}
