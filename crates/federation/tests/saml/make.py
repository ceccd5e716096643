"""Makes the documents in `genuine/` and `hostile/` anew, and the metadata they are verified by.

    python3 -m venv v && v/bin/pip install lxml cryptography && v/bin/python make.py

The keys are drawn at each run and thrown away: what is kept can be verified, and nothing can be signed with it. The
documents are canonicalized by libxml2, so that the tests hold our canonical form against another one.

A file is a few lines `name: value`, an empty line, and the document:

    what      what the document is, or how it attacks
    subject   for genuine ones, the subject that is read
    reason    for hostile ones, the words with which it is refused
    at        another time than the usual one
    sent      `as it is` where the document is not put in base64 first
    fill      so many blanks stand in place of FILL
"""

import base64
import datetime
import hashlib
import hmac
import pathlib
import shutil

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID
from lxml import etree

HERE = pathlib.Path(__file__).parent
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
IDP = "https://idp.example.test/metadata"
ACS = "https://signin.aws.amazon.com/saml"
ENVELOPED = f'<ds:Transform Algorithm="{DS}enveloped-signature"></ds:Transform>'
EXCLUSIVE = f'<ds:Transform Algorithm="{EXC}"></ds:Transform>'

ATTRIBUTES = (
    '<saml:AttributeStatement>'
    '<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role"><saml:AttributeValue>'
    'arn:aws:iam::000000000000:role/player,arn:aws:iam::000000000000:saml-provider/idp</saml:AttributeValue></saml:Attribute>'
    '<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName"><saml:AttributeValue>'
    'ada</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>'
)

ASSERTION = (
    '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_assertion" IssueInstant="2027-01-15T07:59:30Z" Version="2.0">'
    f'<saml:Issuer>{IDP}</saml:Issuer><!--sign _assertion-->'
    '<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ada@example.test</saml:NameID>'
    '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
    f'<saml:SubjectConfirmationData NotOnOrAfter="2027-01-15T08:05:00Z" Recipient="{ACS}"></saml:SubjectConfirmationData>'
    '</saml:SubjectConfirmation></saml:Subject>'
    '<saml:Conditions NotBefore="2027-01-15T07:59:00Z" NotOnOrAfter="2027-01-15T08:05:00Z">'
    '<saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction></saml:Conditions>'
    '<saml:AuthnStatement AuthnInstant="2027-01-15T07:59:00Z" SessionNotOnOrAfter="2027-01-15T16:00:00Z"><saml:AuthnContext>'
    '<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>'
    f'{ATTRIBUTES}</saml:Assertion>'
)

STATUS = '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>'
OPEN = (
    '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
    f' ID="_response" Version="2.0" IssueInstant="2027-01-15T07:59:30Z" Destination="{ACS}">'
)
RESPONSE = f'{OPEN}<saml:Issuer>{IDP}</saml:Issuer><!--sign _response-->{STATUS}{ASSERTION}</samlp:Response>'


def key_and_certificate(private):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.test")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1)).not_valid_after(datetime.datetime(2021, 1, 1))
        .sign(private, hashes.SHA256())
    )
    return private, base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


RSA_KEY, RSA_CERTIFICATE = key_and_certificate(rsa.generate_private_key(65537, 2048))
EC_KEY, EC_CERTIFICATE = key_and_certificate(ec.generate_private_key(ec.SECP256R1()))
FOREIGN_KEY, FOREIGN_CERTIFICATE = key_and_certificate(rsa.generate_private_key(65537, 2048))


def canonical(element, inclusive=()):
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(inclusive))


def by_id(tree, wanted):
    return next(element for element in tree.iter() if element.get("ID") == wanted)


def signature_value(method, signed, key):
    digest = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512, "sha1": hashes.SHA1}[method[-3:] if method[-3:].isdigit() else method[-4:]]()
    if "hmac" in method:
        return hmac.new(key, signed, hashlib.sha256).digest()
    if "ecdsa" in method:
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return key.sign(signed, padding.PKCS1v15(), digest)


def sign(document, wanted, *, method=MORE + "rsa-sha256", digest=SHA256, transforms=ENVELOPED + EXCLUSIVE, uri=None,
         key=None, certificate=None, inclusive=(), references=1, canonicalization=EXC, parameters="", value=None, extra=""):
    """Puts the signature of the element with an id where its mark stands."""
    tree = etree.fromstring(document.encode())
    digests = {"sha256": hashlib.sha256, "sha512": hashlib.sha512, "ha1": hashlib.sha1, "sha384": hashlib.sha384}
    digester = next(digests[name] for name in digests if digest.endswith(name))
    found = base64.b64encode(digester(canonical(by_id(tree, wanted), inclusive)).digest()).decode()
    if inclusive:
        listed = f'<ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{" ".join(inclusive)}"></ec:InclusiveNamespaces>'
        transforms = ENVELOPED + EXCLUSIVE.replace("></ds:T", f">{listed}</ds:T")
    reference = (
        f'<ds:Reference URI="{"#" + wanted if uri is None else uri}"><ds:Transforms>{transforms}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{digest}"></ds:DigestMethod><ds:DigestValue>{found}</ds:DigestValue></ds:Reference>'
    )
    info = (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{canonicalization}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{method}">{parameters}</ds:SignatureMethod>{reference * references}</ds:SignedInfo>'
    )
    signed = canonical(etree.fromstring(info.replace("<ds:SignedInfo>", f'<ds:SignedInfo xmlns:ds="{DS}">').encode()))
    made = base64.b64encode(signature_value(method, signed, key or RSA_KEY)).decode() if value is None else value
    data = f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate or RSA_CERTIFICATE}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    whole = f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{made}</ds:SignatureValue>{data}{extra}</ds:Signature>'
    return document.replace(f"<!--sign {wanted}-->", whole)


def plain(document):
    for mark in ("<!--sign _response-->", "<!--sign _assertion-->"):
        document = document.replace(mark, "")
    return document


def signed(document=RESPONSE, **how):
    return plain(sign(document, "_assertion", **how))


def signature_in(document):
    start = document.index("<ds:Signature ")
    return document[start:document.index("</ds:Signature>") + len("</ds:Signature>")]


def assertion_in(document):
    start = document.index("<saml:Assertion ")
    return document[start:document.rindex("</saml:Assertion>") + len("</saml:Assertion>")]


def write(folder, name, document, **facts):
    lines = "".join(f"{key}: {value}\n" for key, value in facts.items())
    (HERE / folder / f"{name}.saml").write_text(f"{lines}\n{document}")


def genuine(name, what, document, subject="ada@example.test", **more):
    write("genuine", name, document, what=what, subject=subject, **more)


def hostile(name, what, reason, document, **more):
    write("hostile", name, document, what=what, reason=reason, **more)


def make_genuine():
    genuine("assertion_signed", "the assertion is signed", signed())
    genuine("response_signed", "the response is signed, and the assertion in it with it", plain(sign(RESPONSE, "_response")))
    both = sign(sign(RESPONSE, "_assertion"), "_response")
    genuine("both_signed", "response and assertion are signed", both)
    genuine("sha512", "signed by RSA with SHA-512", signed(method=MORE + "rsa-sha512", digest="http://www.w3.org/2001/04/xmlenc#sha512"))
    genuine("sha384", "signed by RSA with SHA-384", signed(method=MORE + "rsa-sha384", digest=MORE + "sha384"))
    genuine("elliptic", "signed on the curve P-256", signed(method=MORE + "ecdsa-sha256", key=EC_KEY))
    typed = RESPONSE.replace("<saml:AttributeValue>ada<", '<saml:AttributeValue xsi:type="xs:string">ada<').replace(
        " ID=\"_response\"", ' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="_response"')
    genuine("inclusive_prefixes", "a prefix is used in a value alone and listed as inclusive", signed(typed, inclusive=("xs", "nothing")))
    pretty = RESPONSE.replace("><", ">\n  <").replace(f"  {'<!--sign'}", "<!--sign")
    genuine("pretty", "every element stands on a line of its own", signed(pretty))
    genuine("line_ends", "the same with the line ends of another system", signed(pretty).replace("\n", "\r\n"))
    genuine("comment_in_name", "a comment was put into the name after signing: the whole name is read, not what stands before it",
            signed(RESPONSE.replace("ada@example.test", "ada@example.test.evil.example")).replace("ada@example.test.", "ada@example.test<!-- -->."),
            subject="ada@example.test.evil.example")
    genuine("cdata_in_name", "the name was written as a CDATA section after signing, which is the same text",
            signed().replace("ada@example.test", "<![CDATA[ada@example]]>.test"))
    genuine("escapes", "characters that are written as references", signed(RESPONSE.replace("ada@example.test", "a&amp;&lt;&#x64;&#97;&quot;&gt;")),
            subject='a&<da">')
    default = RESPONSE.replace("saml:", "").replace("xmlns:saml", "xmlns").replace(OPEN.replace("saml:", "").replace("xmlns:saml", "xmlns"), OPEN)
    default = default.replace(f"{OPEN}<Issuer>{IDP}</Issuer>", f"{OPEN}<saml:Issuer>{IDP}</saml:Issuer>").replace("<Assertion xmlns:saml", "<Assertion xmlns")
    genuine("default_namespace", "the assertion's names have no prefix", signed(default))
    genuine("single_quotes", "another way of writing the same elements",
            signed().replace(f'Recipient="{ACS}"></saml:SubjectConfirmationData>', f"  Recipient = '{ACS}' />"))
    genuine("several_restrictions", "every restriction has an accepted audience", signed(RESPONSE.replace(
        "</saml:AudienceRestriction>", "<saml:Audience>https://other.example.test</saml:Audience></saml:AudienceRestriction>"
        f"<saml:AudienceRestriction><saml:Audience>{ACS}</saml:Audience></saml:AudienceRestriction>")))
    genuine("skewed", "it begins four minutes ahead, within the skew", signed(RESPONSE.replace("07:59:00Z", "08:04:00Z")))
    genuine("declaration", "it begins with a declaration and ends with a line end", f'<?xml version="1.0" encoding="UTF-8"?>\n{signed()}\n')
    genuine("wrapped_base64", "sent in lines of 76 characters", base64.encodebytes(signed().encode()).decode(), sent="as it is")


def make_wrapping():
    genuine_response = plain(sign(RESPONSE, "_response"))
    genuine_assertion = signed()
    signature = signature_in(genuine_response)
    original = genuine_response.replace(signature, "")
    evil = lambda text: text.replace("ada@example.test", "root@example.test")
    evil_id = lambda text: evil(text).replace('ID="_response"', 'ID="_evil"').replace('ID="_assertion"', 'ID="_evil_assertion"')
    evil_response = evil_id(original)
    into = lambda response, what: response.replace("</saml:Issuer><samlp:Status>", f"</saml:Issuer>{what}<samlp:Status>")
    hostile("wrapping_1", "the signed response is moved into its signature, which stands in another response",
            "the response has 2 assertions and not one",
            into(evil_response, signature.replace("</ds:Signature>", f"<ds:Object>{original}</ds:Object></ds:Signature>")))
    hostile("wrapping_2", "the signed response is put before its signature, both in another response",
            "the response has 2 assertions and not one", into(evil_response, original + signature))
    own = signature_in(genuine_assertion)
    assertion = assertion_in(genuine_assertion)
    bare = assertion.replace(own, "")
    wicked = evil(bare).replace('ID="_assertion"', 'ID="_evil"')
    hostile("wrapping_3", "another assertion stands before the signed one", "the response has 2 assertions and not one",
            genuine_assertion.replace(assertion, wicked + assertion))
    hostile("wrapping_4", "another assertion holds the signed one", "the response has 2 assertions and not one",
            genuine_assertion.replace(assertion, wicked.replace("</saml:Assertion>", f"{assertion}</saml:Assertion>")))
    with_own = wicked.replace("</saml:Issuer>", f"</saml:Issuer>{own}", 1)
    hostile("wrapping_5", "another assertion holds the signature, the signed one stands at the end", "the response has 2 assertions and not one",
            genuine_assertion.replace(assertion, with_own + bare))
    holding = own.replace("</ds:Signature>", f"<ds:Object>{bare}</ds:Object></ds:Signature>")
    hostile("wrapping_6", "another assertion holds the signature, which holds the signed one", "the response has 2 assertions and not one",
            genuine_assertion.replace(assertion, wicked.replace("</saml:Issuer>", f"</saml:Issuer>{holding}", 1)))
    hostile("wrapping_7", "the extensions of the response hold another assertion", "the response has 2 assertions and not one",
            genuine_assertion.replace("<samlp:Status>", f"<samlp:Extensions>{wicked}</samlp:Extensions><samlp:Status>"))
    hostile("wrapping_8", "an object in the signature holds the signed assertion, the outer one has its id", "two elements have one id",
            genuine_assertion.replace(assertion, evil(bare).replace("</saml:Issuer>", f"</saml:Issuer>{holding}", 1)))
    hostile("wrapping_renamed", "the signed assertion is kept under another name, and its signature stands in another assertion",
            "a signature stands where none belongs",
            genuine_assertion.replace(assertion, with_own).replace("<samlp:Status>",
                f'<samlp:Extensions><x:Kept xmlns:x="urn:x">{own}</x:Kept></samlp:Extensions><samlp:Status>'))
    hostile("signature_of_another", "the signature of the assertion stands in the response, as if it were the response's",
            "the signature is not over exactly the element it stands in",
            into(evil(genuine_assertion.replace(own, "")), own))
    hostile("misplaced_assertion", "the signed assertion stands in the extensions of the response", "the assertion is not directly in the response",
            genuine_assertion.replace(assertion, "").replace("<samlp:Status>", f"<samlp:Extensions>{assertion}</samlp:Extensions><samlp:Status>"))
    hostile("two_assertions", "two assertions, both signed", "the response has 2 assertions and not one",
            genuine_assertion.replace(assertion, assertion + assertion_in(signed(RESPONSE.replace("_assertion", "_second").replace("sign _second", "sign _assertion").replace('ID="_second"', 'ID="_assertion"'))).replace("_assertion", "_second")))
    hostile("repeated_ids", "another element has the id of the signed one", "two elements have one id",
            genuine_assertion.replace("<samlp:Status>", '<samlp:Extensions><x:E xmlns:x="urn:x" Id="_assertion"/></samlp:Extensions><samlp:Status>'))
    hostile("two_signatures", "the assertion has two signatures", "a signature stands where none belongs", genuine_assertion.replace(own, own + own))
    hostile("signature_elsewhere", "the signature stands in the subject", "a signature stands where none belongs",
            genuine_assertion.replace(own, "").replace("<saml:Subject>", f"<saml:Subject>{own}"))
    hostile("one_of_two", "of two signatures the one of the assertion is broken", "no key of the provider made the signature",
            sign(sign(RESPONSE, "_assertion", value=base64.b64encode(b"x" * 256).decode()), "_response"))
    hostile("other_of_two", "of two signatures the one of the response is broken", "no key of the provider made the signature",
            sign(sign(RESPONSE, "_assertion"), "_response", value=base64.b64encode(b"x" * 256).decode()))


def make_signatures():
    bad_key = "no key of the provider made the signature"
    hostile("unsigned", "nothing is signed", "neither the response nor the assertion is signed", plain(RESPONSE))
    hostile("altered_name", "the subject was changed after signing", "the signed element was changed", signed().replace("ada@example", "root@example"))
    hostile("altered_role", "the role was changed after signing", "the signed element was changed", signed().replace("role/player", "role/admin"))
    hostile("altered_in_signed_response", "the subject was changed in a signed response", "the signed element was changed",
            plain(sign(RESPONSE, "_response")).replace("ada@example", "root@example"))
    hostile("added_attribute", "an attribute was added after signing", "the signed element was changed", signed().replace(
        "</saml:AttributeStatement>", '<saml:Attribute Name="x"><saml:AttributeValue>y</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>'))
    evil = plain(RESPONSE.replace("ada@example", "root@example"))
    changed = base64.b64encode(hashlib.sha256(canonical(by_id(etree.fromstring(evil.encode()), "_assertion"))).digest()).decode()
    good = signed()
    kept = good[good.index("<ds:DigestValue>") + 16:good.index("</ds:DigestValue>")]
    hostile("altered_digest", "subject and digest were changed together", bad_key, good.replace("ada@example", "root@example").replace(kept, changed))
    hostile("digest_behind_comment", "a digest for readers that stop at a comment stands before the signed one", "no key of the provider made the signature",
            good.replace("ada@example", "root@example").replace(kept, f"{changed}<!--{kept}-->"))
    hostile("digest_around_comment", "the signed digest is in a comment's place, another one before it", bad_key,
            good.replace("ada@example", "root@example").replace(kept, f"<!-- -->{changed}"))
    info = good[good.index("<ds:SignedInfo>"):good.index("</ds:SignedInfo>") + 16]
    hostile("two_signed_infos", "a second list of what is signed stands before the genuine one",
            "the signature has an unexpected form: other parts than SignedInfo, SignatureValue and KeyInfo",
            good.replace("ada@example", "root@example").replace(info, info.replace(kept, changed) + info))
    hostile("foreign_key", "signed by a key of the sender's own, with its certificate inline", bad_key, signed(key=FOREIGN_KEY, certificate=FOREIGN_CERTIFICATE))
    hostile("foreign_key_named_ours", "signed by a key of the sender's own, with the provider's certificate inline", bad_key, signed(key=FOREIGN_KEY))
    hmac_name = MORE + "hmac-sha256"
    hostile("hmac_with_certificate", "HMAC keyed with the provider's certificate, which is public", f"the signature's method is not an accepted one: {hmac_name}",
            signed(method=hmac_name, key=base64.b64decode(RSA_CERTIFICATE)))
    hostile("hmac_cut", "HMAC cut to no bits", f"the signature's method is not an accepted one: {hmac_name}",
            signed(method=hmac_name, key=b"", parameters="<ds:HMACOutputLength>0</ds:HMACOutputLength>", value=""))
    hostile("method_parameters", "a signature method with parameters", "the signature has an unexpected form: parameters of a signature method",
            signed(parameters="<ds:HMACOutputLength>8</ds:HMACOutputLength>"))
    hostile("sha1_signature", "signed with SHA-1, by the right key", f"the signature's method is not an accepted one: {DS}rsa-sha1", signed(method=DS + "rsa-sha1"))
    hostile("sha1_digest", "a digest by SHA-1, signed by the right key", f"the signature's digest is not an accepted one: {DS}sha1", signed(digest=DS + "sha1"))
    hostile("no_method", "a method that is none", "the signature's method is not an accepted one: none-512", signed(method="none-512", value=""))
    for name, what, transform in (
        ("xslt", "a transform that runs a program", "http://www.w3.org/TR/1999/REC-xslt-19991116"),
        ("xpath", "a transform that selects what is signed", "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        ("xpath_filter", "a transform that filters what is signed", "http://www.w3.org/2002/06/xmldsig-filter2"),
        ("base64_transform", "a transform that decodes what is signed", DS + "base64"),
        ("inclusive_transform", "another canonical form as a transform", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        ("comments_transform", "a canonical form that keeps comments", EXC + "WithComments"),
    ):
        hostile(name, f"{what}, signed by the right key", f"the signature's transform is not an accepted one: {transform}",
                signed(transforms=f'{ENVELOPED}<ds:Transform Algorithm="{transform}"><x:y xmlns:x="urn:x">true()</x:y></ds:Transform>{EXCLUSIVE}'))
    two = "the signature has an unexpected form: other transforms than the two that SAML has"
    hostile("no_transforms", "nothing says in which form the assertion is signed", two, signed(transforms=""))
    hostile("transforms_twice", "the accepted transforms stand twice", two, signed(transforms=(ENVELOPED + EXCLUSIVE) * 2))
    hostile("inclusive_method", "what is signed is in another canonical form", "the signature's canonicalization is not an accepted one: http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            signed(canonicalization="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"))
    foreign = "the signature is not over exactly the element it stands in"
    hostile("extra_reference", "the signature is over two things", foreign, signed(references=2))
    hostile("empty_reference", "the signature is over the whole document, whatever it is", foreign, signed(uri=""))
    hostile("reference_outside", "the signature is over another document", foreign, signed(uri="https://evil.example/assertion.xml"))
    hostile("reference_by_pointer", "the signature is over what an expression selects", foreign, signed(uri="#xpointer(id('_assertion'))"))
    hostile("reference_to_nothing", "reference and id are empty", foreign, signed(uri="#").replace('ID="_assertion"', 'ID=""'))
    hostile("signature_object", "the signature carries an object", "the signature has an unexpected form: other parts than SignedInfo, SignatureValue and KeyInfo",
            signed(extra="<ds:Object>x</ds:Object>"))
    hostile("signature_not_base64", "the signature's value is not base64", "the signature has an unexpected form: a value is not base64", signed(value="!"))
    hostile("empty_signature", "the signature's value is empty", bad_key, signed(value=""))
    hostile("other_namespace", "the signature's names are of another namespace", "neither the response nor the assertion is signed", signed().replace(f'xmlns:ds="{DS}"', 'xmlns:ds="urn:x"'))


def make_contents():
    end = "of the subject's confirmation"
    hostile("expired", "it ended a minute ago", f"`NotOnOrAfter {end}` has passed: 1800000360000 >= 1800000300000", signed(), at="2027-01-15T08:06:00Z")
    hostile("ends_now", "it ends this very second", f"`NotOnOrAfter {end}` has passed: 1800000300000 >= 1800000300000", signed(), at="2027-01-15T08:05:00Z")
    hostile("conditions_expired", "its conditions ended before its subject's confirmation", "`NotOnOrAfter` has passed: 1800000000000 >= 1799999940000",
            signed(RESPONSE.replace('NotBefore="2027-01-15T07:59:00Z" NotOnOrAfter="2027-01-15T08:05:00Z"', 'NotOnOrAfter="2027-01-15T07:59:00Z"')))
    hostile("not_yet", "its conditions begin in an hour", "`NotBefore` lies ahead: 1800003600000 > 1800000000000", signed(RESPONSE.replace('NotBefore="2027-01-15T07:59:00Z"', 'NotBefore="2027-01-15T09:00:00Z"')))
    hostile("issued_ahead", "it will be issued in an hour", "`IssueInstant` lies ahead: 1800003570000 > 1800000000000", signed(RESPONSE.replace("07:59:30Z", "08:59:30Z")))
    hostile("session_ended", "the session at the provider ended", "`SessionNotOnOrAfter` has passed: 1800000000000 >= 1799999940000", signed(RESPONSE.replace("T16:00:00Z", "T07:59:00Z")))
    hostile("local_time", "its times are of another zone", "malformed: NotOnOrAfter", signed(RESPONSE.replace("08:05:00Z", "08:05:00+09:00")))
    hostile("wrong_audience", "it is for another audience", "the audience is not an accepted one", signed(RESPONSE.replace("urn:amazon:webservices", "urn:other")))
    hostile("one_of_two_restrictions", "one of its two restrictions has no accepted audience", "the audience is not an accepted one", signed(RESPONSE.replace(
        "</saml:AudienceRestriction>", "</saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience></saml:AudienceRestriction>")))
    hostile("no_audience", "it is for any audience", "missing: AudienceRestriction", signed(RESPONSE.replace(
        "<saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction>", "")))
    hostile("no_conditions", "it has no conditions", "missing: Conditions", signed(RESPONSE.replace(RESPONSE[RESPONSE.index("<saml:Conditions"):RESPONSE.index("</saml:Conditions>") + 18], "")))
    hostile("unknown_condition", "it has a condition that nobody here understands", "the assertion has a condition that is not understood",
            signed(RESPONSE.replace("</saml:Conditions>", '<x:Only xmlns:x="urn:x"></x:Only></saml:Conditions>')))
    hostile("wrong_recipient", "it was made for another service, and replayed here", "the recipient `https://evil.example/acs` is not an accepted one", signed(RESPONSE.replace(f'Recipient="{ACS}"', 'Recipient="https://evil.example/acs"')))
    hostile("no_recipient", "it names no recipient", "missing: Recipient", signed(RESPONSE.replace(f' Recipient="{ACS}"', "")))
    hostile("recipient_prefix", "its recipient only begins as an accepted one", f"the recipient `{ACS}.evil.example` is not an accepted one", signed(RESPONSE.replace(f'Recipient="{ACS}"', f'Recipient="{ACS}.evil.example"')))
    hostile("endless", "its subject's confirmation never ends", f"missing: NotOnOrAfter {end}", signed(RESPONSE.replace(f'NotOnOrAfter="2027-01-15T08:05:00Z" Recipient', "Recipient")))
    hostile("holder_of_key", "its subject must prove a key", "the subject has not exactly one confirmation, of a bearer", signed(RESPONSE.replace("cm:bearer", "cm:holder-of-key")))
    confirmation = RESPONSE[RESPONSE.index("<saml:SubjectConfirmation "):RESPONSE.index("</saml:Subject>")]
    hostile("two_confirmations", "its subject is confirmed twice, for two recipients", "the subject has not exactly one confirmation, of a bearer", signed(RESPONSE.replace(confirmation, confirmation + confirmation.replace(ACS, "https://evil.example"))))
    hostile("no_confirmation", "its subject is confirmed by nothing", "the subject has not exactly one confirmation, of a bearer", signed(RESPONSE.replace(confirmation, "")))
    hostile("wrong_destination", "the response was sent to another service", "the destination `https://evil.example/acs` is not an accepted one", signed().replace(f'Destination="{ACS}"', 'Destination="https://evil.example/acs"'))
    issuer = f"the issuer is `https://evil.example` and not `{IDP}`"
    hostile("wrong_issuer", "the assertion is of another issuer, signed by the right key", issuer, signed(RESPONSE.replace(f"<saml:Issuer>{IDP}</saml:Issuer><!--sign _assertion", "<saml:Issuer>https://evil.example</saml:Issuer><!--sign _assertion")))
    hostile("wrong_issuer_of_response", "the response is of another issuer than the assertion", issuer, signed().replace(f"{IDP}", "https://evil.example", 1))
    hostile("no_issuer", "the assertion has no issuer", "missing: Issuer", signed(RESPONSE.replace(f"<saml:Issuer>{IDP}</saml:Issuer><!--sign _assertion", "<!--sign _assertion")))
    hostile("no_name", "the subject has no name", "missing: NameID", signed(RESPONSE.replace('<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ada@example.test</saml:NameID>', "")))
    hostile("empty_name", "the subject's name is empty", "malformed: NameID", signed(RESPONSE.replace("ada@example.test", "")))
    hostile("name_with_line", "the subject's name has a line end", "malformed: NameID", signed(RESPONSE.replace("ada@example.test", "ada\nroot")))
    hostile("name_with_element", "the subject's name has an element in it", "malformed: NameID", signed(RESPONSE.replace("ada@example.test", "ada<saml:x>@example.test</saml:x>")))
    hostile("two_names", "the subject has two names", "malformed: NameID", signed(RESPONSE.replace("</saml:NameID>", "</saml:NameID><saml:NameID>root</saml:NameID>")))
    hostile("not_successful", "the provider refused the sign-in", "the provider's answer is no success: urn:oasis:names:tc:SAML:2.0:status:Responder", signed(RESPONSE.replace("status:Success", "status:Responder")))
    hostile("no_status", "nothing says that the sign-in succeeded", "missing: Status", signed(RESPONSE.replace(STATUS, "")))
    encrypted = "the response has an encrypted assertion, name or attribute, which is not supported"
    hostile("encrypted_assertion", "the assertion is encrypted", encrypted, plain(RESPONSE).replace(assertion_in(plain(RESPONSE)),
        '<saml:EncryptedAssertion><e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:CipherData><e:CipherValue>AAAA</e:CipherValue></e:CipherData></e:EncryptedData></saml:EncryptedAssertion>'))
    hostile("encrypted_name", "the subject's name is encrypted", encrypted, signed(RESPONSE.replace("<saml:NameID", "<saml:EncryptedID></saml:EncryptedID><saml:NameID")))
    hostile("old_version", "an assertion of an older SAML", "malformed: Assertion", signed(RESPONSE.replace('07:59:30Z" Version="2.0"', '07:59:30Z" Version="1.1"')))
    hostile("old_response", "a response of an older SAML", "the document is not a SAML 2.0 response", signed().replace('Version="2.0"', 'Version="1.1"', 1))
    hostile("no_assertion", "a response without assertion", "the response has 0 assertions and not one", plain(RESPONSE).replace(assertion_in(plain(RESPONSE)), ""))
    hostile("bare_assertion", "a signed assertion without its response", "the document is not a SAML 2.0 response", assertion_in(signed()))
    hostile("logout", "another message that the provider signed", "the document is not a SAML 2.0 response", signed().replace("samlp:Response", "samlp:LogoutResponse"))


def make_documents():
    unread = "the response cannot be read: "
    hostile("external_entity", "an entity that reads a file", unread + "it has a DOCTYPE",
            '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + signed().replace("ada@example.test", "&x;"))
    hostile("expansion", "entities that grow a thousand million times", unread + "it has a DOCTYPE",
            '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(8)) + "]>" + signed().replace("ada@example.test", "&i;"))
    hostile("defaulted_attribute", "a document type that gives an attribute", unread + "it has a DOCTYPE", '<!DOCTYPE r [<!ATTLIST r ID CDATA "_assertion">]>' + signed())
    hostile("unknown_entity", "an entity that nothing defines", unread + "it is not well-formed: a reference to nothing", signed().replace("ada@example.test", "&x;"))
    hostile("instruction", "a processing instruction in the subject's name", unread + "it is not well-formed: a processing instruction", signed().replace("ada@", "ada<?x y?>@"))
    hostile("truncated", "the document is cut off", unread + "it is not well-formed: an element never ends", signed()[:-len("</samlp:Response>")])
    hostile("two_roots", "a second document stands behind the first", unread + "it is not well-formed: a second root", signed() + plain(RESPONSE))
    hostile("attribute_twice", "an attribute stands twice", unread + "it is not well-formed: a broken attribute", signed().replace('ID="_assertion"', 'ID="_assertion" ID="_x"'))
    hostile("deep", "a thousand levels of elements", unread + "it has too many levels", signed().replace("<samlp:Status>", "<samlp:Extensions>" + "<x>" * 1000 + "</x>" * 1000 + "</samlp:Extensions><samlp:Status>"))
    hostile("many", "three thousand elements", unread + "it has too many elements", signed().replace("<samlp:Status>", "<samlp:Extensions>" + "<x/>" * 3000 + "</samlp:Extensions><samlp:Status>"))
    hostile("huge", "a hundred thousand blanks", unread + "it has too many bytes", signed().replace("<samlp:Status>", "FILL<samlp:Status>"), fill="100000")
    hostile("namespaces", "a thousand namespaces", unread + "it has too many namespaces", signed().replace("<samlp:Status>",
        "<samlp:Extensions>" + "".join("<x " + " ".join(f'xmlns:n{i}="u"' for i in range(40)) + "/>" for _ in range(26)) + "</samlp:Extensions><samlp:Status>"))
    hostile("not_base64", "no base64", "the response is not base64", signed(), sent="as it is")
    hostile("base64_cut", "base64 that is cut off", "the response is not base64", base64.b64encode(signed().encode()).decode()[:-7], sent="as it is")
    hostile("not_text", "bytes that are no UTF-8", unread + "it is not well-formed: not UTF-8", base64.b64encode(b"\xff\xfe" + signed().encode("utf-16-le")).decode(), sent="as it is")
    hostile("empty", "nothing at all", unread + "it is not well-formed: an element never ends", "", sent="as it is")
    hostile("token", "a token of another kind", "the response is not base64", "eyJhbGciOiJub25lIn0.e30.", sent="as it is")


def make_metadata():
    certificates = "".join(
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>{one}</ds:X509Certificate>'
        f"</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>" for one in (EC_CERTIFICATE, RSA_CERTIFICATE))
    (HERE / "metadata.xml").write_text(
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{IDP}"><md:IDPSSODescriptor '
        f'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{certificates}<md:SingleSignOnService '
        'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.test/sso"/>'
        "</md:IDPSSODescriptor></md:EntityDescriptor>\n")


if __name__ == "__main__":
    for folder in ("genuine", "hostile"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
        (HERE / folder).mkdir()
    for make in (make_metadata, make_genuine, make_wrapping, make_signatures, make_contents, make_documents):
        make()
