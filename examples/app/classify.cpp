// classify.cpp -- the same in C++: classify IMAGE.pgm...
//
// A class holds what the generated functions need, so that every object can be used by a thread of its own.
#include "digits.h"

#include <algorithm>
#include <array>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <istream>
#include <limits>
#include <stdexcept>
#include <string>

namespace {

constexpr int rows = 28, columns = 28;

using Image = std::array<float, rows * columns>;

class Classifier {
public:
    struct Answer {
        int digit;
        float probability;
    };

    Answer operator()(const Image &image)
    {
        std::array<float, DIGITS_OUTPUT_COUNT> probabilities;
        digits_predict_with(workspace.data(), image.data(), probabilities.data());
        const auto largest = std::max_element(probabilities.begin(), probabilities.end());
        return {static_cast<int>(largest - probabilities.begin()), *largest};
    }

private:
    static_assert(std::tuple_size<Image>::value == DIGITS_INPUT_COUNT, "digits.c has another input");
    std::array<float, DIGITS_WORKSPACE_FLOATS> workspace;
};

// The next number of a PGM header; comments begin with '#'.
int header_number(std::istream &in)
{
    while ((in >> std::ws).peek() == '#')
        in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    int number = 0;
    in >> number;
    return number;
}

Image read_pgm(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot open the image");
    if (in.get() != 'P' || in.get() != '5')
        throw std::runtime_error("not a binary PGM image (P5)");
    const int width = header_number(in), height = header_number(in), white = header_number(in);
    if (width != columns || height != rows)
        throw std::runtime_error("the image has another size than the network's input");
    if (white < 1 || white > 255)
        throw std::runtime_error("the image has no pixels of one byte");
    in.get();
    Image image;
    for (float &pixel : image)
        pixel = static_cast<float>(in.get()) / static_cast<float>(white);
    if (!in)
        throw std::runtime_error("the image ends too early");
    return image;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2) {
        std::cerr << "usage: " << argv[0] << " IMAGE.pgm...\n";
        return 2;
    }
    Classifier classify;
    std::cout << std::fixed << std::setprecision(1);
    for (int i = 1; i < argc; i++) {
        try {
            const Classifier::Answer answer = classify(read_pgm(argv[i]));
            std::cout << argv[i] << ": " << answer.digit << " (" << 100.0 * answer.probability << " %)\n";
        } catch (const std::exception &error) {
            std::cerr << argv[i] << ": " << error.what() << '\n';
            return 1;
        }
    }
}
