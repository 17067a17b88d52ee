"""JPEGs of rare kinds, and damaged ones. Pictures are RGB or grey arrays, as in `odd_pictures`."""

from __future__ import annotations

import base64
import io
from typing import Any

import imagecodecs
from PIL import Image

from tests.support.odd_pictures import PixelArray, photo

END = b"\xff\xd9"
SMALL = photo(96, 72)
ARITHMETIC = base64.b85decode(
    "|JeWF01!$>Nk#wx0RR9200961|JwjV00;&K2L=TQ2L}fU2?z=d6b%du3k(?&6Au&}8Xq1V8XO!TBrYc)A}k{u94I#_EHE)NG"
    "&CP4IXyTsJT5adGXL8ELjeg12@DGi7!3^=G9erxGBPqUGBPqUGBPqUGBPqUGBPqUGBPqUGBPqUGBPqUGBPqUGBPqUGBPqUGB"
    "PqUGBW?k01*fPNC0310U`hb5di}c0sqVZ3IGrg1pyEd1^?Or3<CiG0ucid06zf!&1`oY;oQx`w{jn|eoLakrnMy1Td^k+Y;I"
    "RO%RUh`9z~;f%HU`*)jB)LUrUKKs&(~Gq4YPE_w3*~#XRwC)b)A66$T1=IqVfnb#`+~t?NL~DjU}~unEAjfR#~3)6Y{;5>%0"
    "}d|LxmfMH{n=^ZfhP-TEQC?E^l6)W?fd1&vv%2)d<Ya62~C7YBnBcVzzslh&)EKkPpZA%NdZ@Oht_i5y=3N8Nt?lbllr~pR?"
    "yGQAvBu`Rxk(N^{5WnAGalHz$NDpiGJFz`ZmL!gq{{Uzs%c5NX<&O_EZ=S_89p0?IL-"
    "`dWc>%u>OlHD~>KKCCIfuS*hV^oqyg2Hz71ys#&P0-"
    "~BHlGPM7sx2aT7kksUXh{3i)oR5gKdD8Tmff&cMulL+0F`;BbhXq(c65r)}$;Dfpxw)}Sm1?zSIB&#|gW>Zo;ANoi&-"
    "%Y&%#Lo4WZG*ugF?sC@#KT8voQ<sM<>Txo-@^W9HIfUTlKqC334Q5l0-"
    "0R>D8#y7{k6mi$4gTK~AonQmpwShv$ye+$=nN3PF|DVZF;W&=a+X4uF0k$W<ONPYNZ3SbKZrkM;5#&#+&Xx#iMXkF01RE4=?"
    "&zBiF#(fQ@lqyo?rem5h-_nRIo-fofJ8I#x<~O)F7<C5{b1@AF)|C-"
    "}8SuR3FKFA}1Qf6^sUOM4YQyUVssvN~QT>Et>bD7TU<@sF&9k*-h{e$H)>+Dw|$-"
    "Zl%5(^bR4kE3t?8@K2|((lhH&Ak|aa1az<JZ`!wb9FtbF^+V(6mu;u32fK4Wd#a={-p8s%wT09stOqLj{{XQ_VJtb4-"
    "2TBRPc)txK=(AQEhLdb25>GU43Zp^Y4KCZQrXrcD4Q*jk^=f~t$8^Higb&l85zS#>ilTojdT5KzA%j;peuzz6}6C2w2tV6KC"
    "fbt0TF9&aVB%%U(5WEid8qia)wf)(CTcO5Y`LO{ONcEHD+PWE?2=7`2qe#_LvYh+TI=Baec!e7SHvKxd6mUc}MxK`<FN)jOV"
    "NuE_5_?F@n6*;wH9D!fc&?s!*-v@nBSjv@rg#yx$lCV;=F&BK8cZr#`?CfT@HyM9-Rdu|K`Kk?zqz?xQu~LI-"
    "W%G=E?|pwng+^VPDeNO>Q9i#3OF2~wg95aT1rZKHSg^|?P1je*>+U!awqpiwFR05Opa8snCxG(2TVYns>nZ6GbyShq`?t!C2"
    "+l#99WRVQ(9za|-aUsi0pm`lmAiXB=J{XU8NN$EpM-"
    "9zyw6i+$%)`j@+oy(RoH6%K`u#@2U;(Yf6j9c6mQ_?HpRs3q`x9cR{`F1Y6z6#2ccS#;@T)3uUJJDePrxcxDrAu^*pIyxXc-"
    "C%#mZtv1nktbEO&Z;qnhjwjPvz@4)NQzP0bxPmif>^@5kVuWaIuhA2}4!3;Q!e"
)
"""SMALL, by `cjpeg -arithmetic -quality 75`: no library here writes such."""
ODD_LAYOUT = base64.b85decode(
    "|JeWF01!$>Nk#wx0RR9200961|JwjV015{O2nPlV2nYxZ3JMDj7!VE(4GtX@77-"
    "XDA0;FrA0i<pD>pADDKse|A}~QQG&wsyK0YNbL`g$DNH;w`JOA4NLjej43l0qq91sv3J18P3J3Bi&J3Bi&J3Bi&J3Bi&J3Bi"
    "&J3Bi&J3Bi&J3Bi&J3Bi&J3Bi&J3Bi&J3Bi&J3Ift01*fPNC0310Wkmq5di}c0sq7R8vp<T0|5a60000000000000330|W&C"
    "1_%Gd05=c-0RsX82L%QN1poj50000100IL95d|Rz5)&dZL4h(+Qeklv6_KH_(Fa13;qW9ga-zZi!~hxr00IL60RR91000000"
    "00000RjL61O*2F!~i4_00II60s;UB0000000000009CK0}=!wF+l|rB2jUHvH#it3<CiG0ucid06zfF0Wb-"
    "*Zday9oMTw^M#$=>0l*+z%>va3DQ|iNBqI5xVMBqEa5F~8pfRkCmujXI>n<aT1Y3fH0Rbr%2?$EYMB)ORQ@C<YDV%r&6oS!m"
    "n*^+@VSG{DysqFiy)XR9MJ^jt2x*oHBi7-p(k`Pk&KyAqLo8=>{0%Hpjaml4_b%8JJ)HATu#_o)--"
    "1&CvQq|G1g=3y^<xEg&sa6L@ZUAf!X_Y>HLSOJ;+`Bek-Qh!k;{=>r^;IO<ms+EzWf?6O&)r$ZJKOscrA$HWRVs~#=WPDTrL"
    "WwU!(NZO}s5^GI<Tt)0ah#86G(%jdOyWX_#~9?C>4&apGyXRZbM~`AQF<jwtozA&t1r#=&)#btP!!ye&Fn$%k;&X(aHmR_So"
    "4Be8o#j<-C(=$dR6l1FO*=3j_m$z;pQdo5Y39~o-)GG^1-b~kdG{nwKJ06?>wr`3kR)a*ItNy^@W-"
    "&NH*QCVEeLgv8RW+UVA<g=(FLztKyZ@ck0Y90xRuHOTgUaK0@7)2m%8!Mu9_oQ<`0C#4voA`r>NH!vH-"
    "0ij5G+)p75z#kn8&c@7?J33#TAtJ|;?x)VENnv?tBNx$m2*BvTsH3~{_t2eSe<QgBBrWYTdk}Z=aSHTflQKK0e9rNg=r0T6J"
    "|!?Bsc!lnStrty`GQhMJ6pdr*jQF{94C4;ls$~pOW2js%pC|i?icA(>KXa8{HWWY0X?zUW*frjUq_gJGD*jsn%CXS7w%mFdK"
    "j~KNS-"
    "=T|yV2#7qztJ*DJ!bLHH#W|B!>T=y3q^T{9ta>+s=xh@9A<C63kPM6kU%zG*t>c%?7yGc#k*EAZnK~9<F#KWGok=nN7i0Gtb"
    "`=oDW!E@f%c2?5{+dTD;sv=gOBiyBFkY&5*wBvanLAH>^&+vTIE^!X*6X?5K_#N<C7T(ZPOa@C1%dO~;%sagi6AN~S%~dH$K"
    "7#Mi+Ks+#9|S`g;U5JnV{e6^dMmzMe#Kpm*keDGdVqtY)y#0@fbvZgy%DGEkizFM*x6B%8Jhgf`l!UOX*<WMLROuR8ft^Ke~"
    "aXqkCDc}U!uQHMKrCungUIj+9OBY)b1U*LF7Y%hukf_jZ3ZmKe~3{tZl71{Xe?oN8&QCsyF)|Rp_}E7Yi+$k5Hv`1v7~bW%{"
    "LM1uR!Bfw}m%zN(4y^GQ;5_y(vu3UiT(y)s;I>Ipkg{{XT3sN}*h<A3R|=3ei*Rn6ojTYm_mh>j0H(YsDRQ@-"
    "k0=^>1ZM#~Nxp;%#TSq6dVmVBJE^C6O^fB)G"
)
"""SMALL, by `cjpeg -sample 3x1,1x1,1x1 -optimize -quality 70`: TurboJPEG has no name for that."""


def jpeg(picture: PixelArray, mode: str = "RGB", **options: Any) -> bytes:  # each has its own type
    """A JPEG; the options are those of Pillow."""
    file = io.BytesIO()
    Image.fromarray(picture).convert(mode).save(file, "JPEG", **{"quality": 88} | options)
    return file.getvalue()


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data


def with_segments(content: bytes, *segments: bytes) -> bytes:
    """The JPEG with these behind its beginning."""
    return content[:2] + b"".join(segments) + content[2:]


def with_hole(content: bytes, share: float, filling: bytes = b"\0") -> bytes:
    """So much of the middle is another thing, of one byte or more."""
    size = int(share * len(content))
    start = (len(content) - size) // 2
    return content[:start] + (filling * size)[:size] + content[start + size :]


def lossless(picture: PixelArray) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(picture, lossless=True))


def twelve_bits(picture: PixelArray) -> bytes:
    deep = picture.astype("uint16") * 16
    return bytes(imagecodecs.jpeg8_encode(deep, level=90, bitspersample=12))


def with_frame(content: bytes, marker: int) -> bytes:
    """A baseline JPEG that says that it is coded in another way."""
    return content.replace(b"\xff\xc0", bytes([0xFF, marker]), 1)


def mpo(*pictures: PixelArray) -> bytes:
    """A file of several pictures, as 3D cameras write it."""
    file = io.BytesIO()
    first, *others = (Image.fromarray(picture) for picture in pictures)
    first.save(file, "MPO", save_all=True, append_images=others, quality=88)
    return file.getvalue()
