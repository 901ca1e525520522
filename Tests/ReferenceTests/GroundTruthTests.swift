import GraphExec
import Reference
import Testing

/// The reference itself, against sums done by hand.
@Suite struct GroundTruthTests {
  // Three inputs, two outputs, two images.
  private let weights = Matrix(rows: 3, columns: 2, values: [1, 2, 3, -4, 5, 6])
  private let x = Matrix(rows: 3, columns: 2, values: [1, 0, 2, 1, -1, 1])
  private let dY = Matrix(rows: 2, columns: 2, values: [1, 2, -1, 3])

  @Test("forward: Y = transpose(W) X")
  func forward() {
    let sums = GroundTruth.forward(weights: weights, x: x)
    #expect((sums.rows, sums.columns, sums.terms) == (2, 2, 3))
    #expect(sums.values == [2, 8, -12, 2])
    #expect(sums.magnitudes == [12, 8, 16, 10])
  }

  @Test("input gradient: dX = W dY")
  func inputGradient() {
    let sums = GroundTruth.inputGradient(weights: weights, dY: dY)
    #expect((sums.rows, sums.columns, sums.terms) == (3, 2, 2))
    #expect(sums.values == [-1, 8, 7, -6, -1, 28])
    #expect(sums.magnitudes == [3, 8, 7, 18, 11, 28])
  }

  @Test("weight gradient: G = X transpose(dY)")
  func weightGradient() {
    let sums = GroundTruth.weightGradient(x: x, dY: dY)
    #expect((sums.rows, sums.columns, sums.terms) == (3, 2, 2))
    #expect(sums.values == [1, -1, 4, 1, 1, 4])
    #expect(sums.magnitudes == [1, 1, 4, 5, 3, 4])
  }

  @Test("sums are taken in Double: what Float would lose is kept")
  func precision() {
    let weights = Matrix(rows: 3, columns: 1, values: [0x1p24, 1, -0x1p24])
    let ones = Matrix(rows: 3, columns: 1, values: [1, 1, 1])
    #expect(GroundTruth.forward(weights: weights, x: ones).values == [1])
  }
}
