import GraphExec
import Pruning
import Testing

/// Protects conversion to CSR and back, bit for bit, and that parts from elsewhere are checked to the last number.
@Suite("Sparse matrix")
struct SparseMatrixTests {
  @Test("the arrays are those that SciPy makes of the same matrix")
  func arrays() {
    let matrix = Matrix(rows: 3, columns: 4, values: [0, 5, 0, -0.0, 0, 0, 0, 0, 7, 0, 8, 9])
    let sparse = SparseMatrix(matrix, mask: [0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1])
    #expect(sparse.pattern.indptr == [0, 2, 2, 5])
    #expect(sparse.pattern.indices == [1, 3, 0, 2, 3])
    #expect(sparse.values == [5, -0.0, 7, 8, 9])
    #expect(sparse.count == 5)
  }

  @Test(
    "conversion there and back gives the same bits",
    arguments: [0, 0.01, 0.1, 0.5, 1], [(1, 1), (1, 40), (40, 1), (33, 17)])
  func roundTrip(density: Double, shape: (Int, Int)) throws {
    var random = SplitMix64(seed: UInt64(density * 100), stream: UInt64(shape.0))
    let (rows, columns) = shape
    // Any bits at all: NaN with payloads, infinities, denormals.
    let special: [Float] = [
      0, -0.0, .nan, -.nan, .infinity, .leastNonzeroMagnitude, Float(bitPattern: 0x7fc0_1234),
    ]
    var matrix = Matrix(rows: rows, columns: columns)
    let mask = (0..<rows * columns).map { index -> UInt8 in
      guard Double.random(in: 0..<1, using: &random) < density else { return 0 }
      let bits = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
      matrix.values[index] = index % 3 == 0 ? special.randomElement(using: &random) ?? 0 : bits
      return 1
    }
    let sparse = SparseMatrix(matrix, mask: mask)
    #expect(sparse.pattern.mask == mask)
    #expect(sparse.dense.values.map(\.bitPattern) == matrix.values.map(\.bitPattern))
    let checked = try SparseMatrix(
      rows: rows, columns: columns, indptr: sparse.pattern.indptr, indices: sparse.pattern.indices,
      values: sparse.values)
    #expect(checked.pattern.mask == mask)
    #expect(checked.values.map(\.bitPattern) == sparse.values.map(\.bitPattern))
  }

  @Test(
    "parts that do not fit are refused with what is wrong",
    arguments: [
      (2, 3, [0, 1], [0], 1, "indptr has 2 numbers, but 2 rows need 3"),
      (2, 3, [0, 1, 1, 1], [0], 1, "indptr has 4 numbers"),
      (2, 3, [1, 1, 1], [0], 1, "starts at 1"),
      (2, 3, [0, 2, 1], [0], 1, "decreases from 2 to 1 at row 1"),
      (2, 3, [0, -1, 1], [0], 1, "decreases from 0 to -1 at row 0"),
      (2, 3, [0, 1, 2], [0], 1, "ends at 2, but there are 1 indices"),
      (2, 3, [0, 1, .max], [0], 1, "ends at 2147483647"),
      (2, 3, [0, 1, 2], [0, 0], 1, "2 indices for 1 values"),
      (2, 3, [0, 1, 2], [0, 3], 2, "row 1 has an entry in column 3 of 3"),
      (2, 3, [0, 1, 2], [-1, 0], 2, "row 0 has an entry in column -1"),
      (2, 3, [0, 2, 2], [2, 1], 2, "row 0 are not ascending: 1 follows 2"),
      (2, 3, [0, 2, 2], [1, 1], 2, "not ascending: 1 follows 1"),
      (-1, 3, [], [], 0, "shape [-1, 3]"),
      (1, -3, [0, 0], [], 0, "shape [1, -3]"),
      (0, 0, [], [], 0, "indptr has 0 numbers"),
      (Int.max, 2, [0], [], 0, "32-bit"),
      (2, Int.max, [0, 0, 0], [], 0, "32-bit"),
      (1 << 20, 1 << 20, [0], [], 0, "32-bit"),
    ] as [(Int, Int, [Int32], [Int32], Int, String)])
  func malformed(
    rows: Int, columns: Int, indptr: [Int32], indices: [Int32], values: Int, expected: String
  ) throws {
    let error = try #require(throws: SparsePatternError.self) {
      try SparseMatrix(
        rows: rows, columns: columns, indptr: indptr, indices: indices,
        values: [Float](repeating: 1, count: values))
    }
    #expect(error.description.contains(expected), "\(error)")
  }
}
