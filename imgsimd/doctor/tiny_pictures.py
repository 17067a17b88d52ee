"""One picture in each format that needs a library: 32 x 32 pixels, red and blue.

They are kept as bytes, and not drawn: a library that cannot decode could not encode them either.
They were written by Pillow, pillow-heif, OpenCV, imagecodecs and tifffile.
"""

from __future__ import annotations

import base64
import zlib
from typing import NamedTuple

SIDE = 32
"""Pixels."""


class TinyPicture(NamedTuple):
    """A picture in one format."""

    format: str
    """As in `decoding.registry`."""
    packages: str
    """What decodes it, by the names under which it is installed."""
    content: bytes


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b85decode(text))


PICTURES = (
    TinyPicture(
        "JPEG",
        "simplejpeg",
        _unpacked(
            "c-s4a<NpH&0WUXCHwH#V1_nkTWcYuZ!I^=Bjg6g+m4ls~os*M;i${c)hnt&6Qb?FzL{>^(PF6}rMnOeST|r4"
            "lSw=>~TvNxu(8R<<Uft5x!pKI?*u)5A2qPyaCl5D|1TU|Ik)n*E5y{~H0R}-11_cHMW=16jCP7AKLB{__803"
            "NOWMu>c1}I=;VrF4wW9Q)H;sz?%D!{<R$jr>d!pzFb!UB}71<Et92(k((8alEG2PU#B6^a-&PF%>L?6mQqXw"
            "bzED#l4gO`Kd};u4Zls%q*Qnp!5NX66=_R?aT2ZtfnQUcn)uVc`*xQOPN(Y3Ui6S;Zx#W#tu>Rn0A}ZS5VMU"
            "6UqHnL2IyjG40*Enc#8+42=DS8dw7W$U)>J9h3mboj{8W5-XNJay^vm8;jT-?(|};iJb-o<4j2;^nK4pFV&2"
            "`tAFVpT9u<Vq{=ugaNGn5(N5-iG_ukg&pKCMy7I*0znp5MME|r$3XVPLSZGNMh+3Di3>L#<Wx2e`XHKAbdgI"
            ";#pI#tN08URJ|oU!O=S5D?lFYFZZYsMGXf)zS&+e=;pvM-T_4Y1JR_yCXn(xDj`@m3U4I(>`W#%;rTz8ur^E"
            "km0su*u-j4"
        ),
    ),
    TinyPicture(
        "PNG",
        "opencv-python-headless",
        _unpacked(
            "c-rd>@N?(olHy`uVBq!ia0vp^3LwnE1SJ1Ryj={WOgvp2Ln`JZ+bmpo(1FV%A;Mu&mD;3`$&7Bg5?d3lGzD^"
            "_F_^L#84g@yig3Mf_76}$gQu&X%Q~loCIIa7AX5"
        ),
    ),
    TinyPicture(
        "WebP",
        "opencv-python-headless",
        _unpacked("c-jl{baT^SU|<M$bqWXzu<(%qvi0Q;uru%*Xt*=lN__g`&V8im<e#O=FZy59i{t|U9J&ut"),
    ),
    TinyPicture(
        "JPEG 2000",
        "opencv-python-headless",
        _unpacked(
            "c-muNVBpCLP*C9IYUg5LU=T?wsVvAUFj4@r8KAT-kj?<oVwo8!ML=2sjG5WlL24NIlk;<m7{N>d1_nk+pyK5"
            "J{{I6R^ub~ZPz(d8d}ek=MhN;J#J~d-U}RurVPRnWAHyK*;NamAfQ<g9FsL#xIv1rTmZYXABvmT-7o_HS1-Q"
            "B^l%*CGXXfWA80nen8ULTazy&sZ640E<$1ia(oj<>UgZ1R`GaMZH=l5{1Yc~K%mg?g-co>*0h15>XZvZhlKB"
            "}oLxqtkI0E76A(o(~x7N;A)9GzkiNBZ~;2?ix8zQbo4CiQK8m{;Eb5>U+JfeReJA;e%d&+*X}o*N$C4IrNBC"
            "wmC*|4jfRIb^8"
        ),
    ),
    TinyPicture(
        "GIF",
        "pillow",
        _unpacked(
            "c-nLKbh9u|RA5kGXk=hGp#cOZ7{EXWM1aH{IC2;mIb=LGC^Rr|2y4Yi99VF;kw;mr=10IHmo7eCw<8$=%Fcb"
            "Pwt6g{0ZW`F3HU0xXa+p>nx-dxsO01)g|joYvX5P<6n^SAN3HT1i&juZz#_R`G1parnL*3M=9;xuO?>6HT7F"
            "~Sm8wbEhZ-2H0Z2?RR{"
        ),
    ),
    TinyPicture(
        "AVIF",
        "pillow",
        _unpacked(
            "c-muNU{FXasVqn=%S>Yc0uY^>nP!-qnV9D5Xy^nKdYzkElE?r7iWw<6MNl?FL1uCZ0~+8f$SlbPvlxL`E;A="
            "T8N_h`@fjhajKV<L0*Ey-GxO5mYNddjR3<1dvCP2GIX@>KY*$uhK~Vva_RcIw&Ii&WnZ*UEQ2P|1SfC)YA`>"
            "LQ%)!9{q<9j`44oSpctAqJ$@w`&dC55yK$CeH*cyOB;+X}xFh2nu#=^+d%mQRO<fbH+2r+PRN(kD2>)^;RQ8"
            "3aJIo{ru%EX~CF94`u&y(3}EDlBPh?s17r#C`!YVN$-O1IYJcJF4nr2qi^=Rv9"
        ),
    ),
    TinyPicture(
        "HEIC",
        "pi-heif",
        _unpacked(
            "c-muNV30{GsVvAy%}izhg51nBLl8SRGck>Ufw49>wIq=N0u(b+a*CjAhJwuG5(YG&l$nzcHpIn&fe{FSfN>#"
            "&27(kIR?f`KO9S&jqM|@fDif5KQI>27V)7MamgK^f{LL&VDge@VGYgXQfpi&AnKL6ZNN56Bk=zG{KYxGxU|`"
            "^9P5|nVaA4$N{Qn=MfElEM8HD6^F*zgxCAFLw8PQ}GC^WK8d-Y`5&K(>X1`0qSW)Q)km;_YL=E8We_&_Jn65"
            "-_hoT9wsoC=^QF9TZxP)H=RxF8kkGY2TvNX|(Fxl94-crg9{|NjR-nh8b&u|Pp)MJ7liGY1C;kdnwO$b|(mF"
            "x*%hnV4Byfb5*yltfS<CulIP7jAfJJhA@&!majS<%Itox^VUXog|Gv_Y40YKCBf`{;2%Fw!-5Z_vJL+?u}nt"
            "vfIh?eCVRdW*%=&e==OYxMOk4w-cqc$ty~i9K7*>>6^UCiO$~%8qB<56aJm6v0SPH05$f4Vg"
        ),
    ),
    TinyPicture(
        "JPEG XL",
        "imagecodecs",
        _unpacked("c-s5V<?f)u!NSN;!r(2@Ey{33T>aRB-3}ZKEmw3HI$I{#uUKdA@Zk{y0PZIZy8"),
    ),
    TinyPicture(
        "TIFF",
        "tifffile imagecodecs",
        _unpacked(
            "c-r&y)MDUZU|`^5U|?inU<9%hfS3`9&BVyezzn3f0WmX>4H9PsVm2t735W%u>K_2HC{!GzM-0gvaVYx~5KA$"
            "#g4uh3SQ^Sc0>m;<y&$ZC#5QDPV&DPNXBZ%W0}NrZFkF(EmX?;8ld4xx$p8ZlMyyO7B0}t}EshTZGE&r}xto"
            "qC1^ifIr7N7``e<XvlRQb;UXK((PLV2a^~MuVF0JHQ6t3UvtrpB-vn$tl=GkY$E1#4V+fVjSoAis7OV@4Dp_"
            "e9>xq1^dmtS0Eva8f;xzExt?T}k{!xqNP3w;sBrQ6k*vi9ccux{Q>g|R!Fbc0uy8a>b7eeT_+*LOC3uGw*Q{"
            "T3hIWB;`dp8W8`C$?Bx_{a&vk8gU}wG9tl+4Pg=>~wRH^B2FE&Y9P3oqhRssd=xAu=kwnhZ7V4p7v^^"
        ),
    ),
    TinyPicture(
        "camera raw",
        "rawpy",
        _unpacked(
            "c-r&y)MDUZU|<kuU|?inU<9%hfS3`9&BVwIW(xo@Gn5U&Y*4mx0|Ns;BNGEFkgWt15CF2-fou&RTM%l_0U#l"
            "Sq*oM)Erw*5IFt=?k`yB=m~8+gq@ipJMv%D(y@o)$c!0D6kki}5%)kV4FA(-MF*2|)fIY$_bPU1<8qFYb45H"
            "o#s9y0H7Xv4d9RV`)7%Kxaki7uNjyeW0Uz7m?LQ;!M7#N%rb5n~F8Q?a<a7kubT3TjKs$M}QSfv6~;nX@{NT"
            "@R~d_DaCKZtIB1EG~~L1+(8h&;$f5Us-mp*em)<b5<Dd|Vg?7^g+D;KP(d{5Fi*KWhJ|{iF7e+COUlsQvV}9"
            "{>-#+f4"
        ),
    ),
)
"""In the order in which they are named."""
