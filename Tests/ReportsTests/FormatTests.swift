import Reports
import Testing

/// Numbers that people read must not be rounded into other numbers.
@Suite("Formats")
struct FormatTests {
  @Test("sparsities keep the digits that tell them apart")
  func sparsities() {
    #expect(
      [0, 0.25, 0.9, 0.995, 0.9995, 0.9999].map(Format.sparsity) == [
        "0%", "25%", "90%", "99.5%", "99.95%", "99.99%",
      ])
  }

  @Test("many layers take no more room than a few")
  func layers() {
    #expect(Format.layerFormats(["sparse", "sparse", "dense"]) == "sparse sparse dense")
    #expect(Format.layerFormats([String](repeating: "dense", count: 22)) == "dense")
    let mixed = [String](repeating: "sparse", count: 12) + ["dense"] + [String](repeating: "sparse", count: 8)
    #expect(Format.layerFormats(mixed) == "12 sparse, 1 dense, 8 sparse")
    #expect(Format.widths([784, 1000, 1000, 500, 200, 10]) == "784-1000-1000-500-200-10")
    #expect(Format.widths([3072] + [Int](repeating: 16, count: 20) + [10]) == "3072-16-16-…-16-10 (22)")
  }

  @Test("counts, ratios, bytes and durations")
  func others() {
    #expect(Format.count(1_234_567) == "1,234,567")
    #expect(Format.count(-1000) == "-1,000")
    #expect(Format.count(.nan) == "–")
    #expect([1, 9.996, 99.96, 104.2].map { Format.ratio($0) } == ["1.00×", "10.0×", "100×", "104×"])
    #expect(Format.bytes(9_544_000) == "9.54 MB")
    #expect(Format.bytes(0) == "0 B")
    #expect([4.56, 200, 3840].map(Format.duration) == ["4.6 s", "3 min 20 s", "1 h 4 min"])
    #expect(Format.accuracy(Spread([0.98, 0.99])) == "98.50 ± 0.71%")
    #expect(Format.points(-0.0034) == "−0.34")
    #expect([999, 20_000, 1_500_000].map(Format.compact) == ["999", "20k", "1.5M"])
  }
}
